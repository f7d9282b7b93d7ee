"""The report: counted by hand, and without a word of anybody's."""

from __future__ import annotations

from plugin.triage import judge
from plugin.triage.report import Report, in_words


def made() -> Report:
    report = Report()
    report.add("a", "complaint", "en-GB", judge("I want to make a complaint."))
    report.add("b", "complaint", "en-GB", judge("This is a shambles, I am fed up."))
    report.add("c", "neither", "nl", judge("Ik dien een klacht in."))
    report.add("d", "escalation", "nl", judge("Escaleer dit, graag."))
    report.add("e", "neither", "nl", judge("Hallo."))
    return report


def test_it_counts() -> None:
    report = made()
    assert (report.total, report.right, report.possible) == (5, 3, 1)
    assert (report.precision("complaint"), report.recall("complaint")) == (0.5, 0.5)
    assert (report.precision("escalation"), report.recall("escalation")) == (1.0, 1.0)
    assert report.recall("neither") == 0.5
    assert report.languages == {"en-GB": (1, 2), "nl": (2, 3)}
    assert [(one.id, one.label, one.judged) for one in report.wrong] == [
        ("b", "complaint", "neither"),
        ("c", "neither", "complaint"),
    ]
    assert report.wrong[1].rules == ("dient_klacht_in",)


def test_it_reads_as_a_table() -> None:
    lines = list(in_words(made()))
    assert lines[0] == "5 contacts, 3 judged right (60.0 %)"
    assert "complaint       50.0 %    50.0 %         2" in lines
    assert "complaint              1           0           1" in lines
    assert "Of 1 missed, 1 would have waited for a person." in lines
    assert lines[-1] == "c: is neither, judged complaint (dient_klacht_in)"
    assert "shambles" not in "\n".join(lines)


def test_an_empty_one_divides_by_nothing() -> None:
    report = Report()
    assert report.precision("complaint") is None
    assert next(iter(in_words(report))) == "0 contacts, 0 judged right (-)"
