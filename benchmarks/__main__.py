"""`make bench`: every benchmark, one after the other."""

from __future__ import annotations

from benchmarks import case_list, mail_path

mail_path.main()
case_list.main()
