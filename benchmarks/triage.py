"""What judging a message costs, beside a floor; and whether it grows in proportion.

The floor is the least that could hear anything: the message in lower case, split into words, and
one look-up a word. About 2 in the second table is linear, about 4 grows with the square; every kind
there is short of the 50,000 characters that are judged at most. Both are measured in the same run,
the best of some rounds, in CPU milliseconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from plugin.triage import judge

ROUNDS = 5
TIMES = 400

SAID = (
    "The engineer came on Tuesday and left again without doing a thing, and the line has been"
    " crackling ever since. I have phoned three times and each time I was promised a call. "
)
SAID_FR = (
    "Le technicien est venu mardi et il est reparti sans rien faire, et la ligne grésille depuis."
    " J'ai appelé trois fois et chaque fois on m'a promis un appel. "
)


def two_kb(said: str, statement: str = "") -> str:
    """A message of 2,000 characters with the statement in its middle."""
    room = 2000 - len(statement)
    filler = said * (2000 // len(said) + 1)
    return filler[: room // 2] + statement + filler[room // 2 : room]


MESSAGES = {
    "nothing stated": two_kb(SAID),
    "a complaint": two_kb(SAID, " I would like to make a complaint about this. "),
    "a complaint, French": two_kb(SAID_FR, " Je désire porter plainte. "),
    "refused, past and asked": two_kb(
        SAID, " I am not making a complaint. I made a complaint in May. How do I complain? "
    ),
    "a call": "agent: how can i help\ncaller: " + two_kb(SAID, " i want to make a complaint "),
}
KINDS: dict[str, Callable[[int], str]] = {
    "words of ours": lambda n: "I want to complain and escalate. " * n,
    "no end of a sentence": lambda n: "i want to " * (3 * n) + "complain",
    "spelled out": lambda n: "c o m p l a i n t " * (2 * n),
    "invisible": lambda n: "\u200b" * (30 * n) + "I complain.",
    "expanding": lambda n: "ﷺ" * (30 * n),
    "line ends": lambda n: "the\n" * (8 * n),
    "speakers": lambda n: "caller: no\nagent: complaint?\n" * n,
    "splits": lambda n: "com plaint ex es " * (2 * n),
    "near misses": lambda n: " ".join(f"complai{number:x}" for number in range(3 * n)),
    "marks": lambda n: (";" * 400 + "x complaint ") * (n // 15),
    "footers": lambda n: "to unsubscribe " * (2 * n),
}


def main() -> None:
    """Print both tables."""
    print(f"{'2 kB':26}{'ms':>8}{'floor':>8}{'ratio':>8}")
    words = frozenset(SAID.split())
    for name, text in MESSAGES.items():
        channel = "phone" if name == "a call" else "email"
        cost = best(lambda: judge(text, channel=channel), TIMES)  # noqa: B023
        floor = best(lambda: [one in words for one in text.lower().split()], TIMES)  # noqa: B023
        print(f"{name:26}{cost:8.3f}{floor:8.3f}{cost / floor:8.1f}")
    print(f"\n{'twice as long':26}{'ms':>8}{'ratio':>8}")
    for name, make in KINDS.items():
        channel = "phone" if name == "speakers" else "email"
        short, long = make(600), make(1200)
        once = best(lambda: judge(short, channel=channel), 3)  # noqa: B023
        twice = best(lambda: judge(long, channel=channel), 3)  # noqa: B023
        print(f"{name:26}{twice:8.1f}{twice / once:8.1f}")


def best(act: Callable[[], object], times: int) -> float:
    """The least CPU time of some rounds, in milliseconds each."""
    act()
    rounds = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(times):
            act()
        rounds.append((time.process_time() - began) / times * 1000)
    return min(rounds)


if __name__ == "__main__":
    main()
