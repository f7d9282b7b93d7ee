"""The part of Jinja2 a letter may use, checked on its syntax tree before anything runs.

Letters are written by admins, so they are data to us: output, `if`, one level of `for` over a
given list, `extends` and `block`, and the filters named here. Jinja2's sandbox is the second wall
behind this one (architecture, section 5).
"""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import nodes

FILTERS = frozenset({"day", "default", "link", "moment"})
"""Filters a letter may use; each is defined in plugin/letters/render.py."""

_ALLOWED: tuple[type[nodes.Node], ...] = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Const,
    nodes.Name,
    nodes.Getattr,
    nodes.Filter,
    nodes.If,
    nodes.For,
    nodes.Block,
    nodes.Extends,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Compare,
    nodes.Operand,
)


def problems(tree: nodes.Template) -> Iterator[tuple[int, str]]:
    """Everything in a letter's source that the subset does not have: (line, what and remedy)."""
    yield from _walk(tree, loops=0)


def _walk(node: nodes.Node, loops: int) -> Iterator[tuple[int, str]]:
    yield from _own_problems(node, loops)
    inside = loops + isinstance(node, nodes.For)
    for child in node.iter_child_nodes():
        yield from _walk(child, inside)


def _own_problems(node: nodes.Node, loops: int) -> Iterator[tuple[int, str]]:
    if not isinstance(node, _ALLOWED):
        yield node.lineno, f"a letter cannot use {_name(node)}; see docs/letters.md for what it can"
    elif isinstance(node, nodes.Filter) and node.name not in FILTERS:
        known = ", ".join(sorted(FILTERS))
        yield node.lineno, f"there is no filter {node.name!r} in letters; there are: {known}"
    elif isinstance(node, nodes.Getattr) and node.attr.startswith("_"):
        yield node.lineno, f"{node.attr!r} is not something a letter can ask for"
    elif isinstance(node, nodes.For):
        yield from _loop_problems(node, loops)
    elif isinstance(node, nodes.Extends) and not _is_base(node.template):
        yield node.lineno, 'a letter can only extend a letter in base, e.g. "base/letter.en.md.j2"'


def _loop_problems(node: nodes.For, loops: int) -> Iterator[tuple[int, str]]:
    if loops:
        yield node.lineno, "a loop cannot stand inside another loop"
    if node.recursive or node.test or node.else_:
        yield node.lineno, "a loop in a letter is plain: {% for item in items %}"
    if not isinstance(node.iter, nodes.Name | nodes.Getattr):
        yield node.lineno, "a loop runs over a list the letter is given, by its name"


def _is_base(template: nodes.Expr) -> bool:
    return isinstance(template, nodes.Const) and str(template.value).startswith("base/")


def _name(node: nodes.Node) -> str:
    names = {"Call": "calls", "Getitem": "[...]", "Macro": "macros", "Assign": "set"}
    kind = type(node).__name__
    return names.get(kind, kind.lower())
