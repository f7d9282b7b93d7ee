"""Answerable makes a telecom provider's complaints code of practice run.

The package is layered (docs/contributing.md): pure rules in the middle, sockets, database and
clock at the edges, imports going one way only.
"""

__version__ = "0.1.0"
