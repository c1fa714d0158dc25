"""Rules of X's search language (connectors §1.8): writing them, and keeping each within the length that a plan
takes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import cast

from bot.model import And, Node, Not, Note, Or, Term, TermKind
from connectors.trees import NOT_FOUND, READ_MORE, joined

_RESERVED = {"and", "or", "not"}
_SYMBOLS = 0x2000
"""From here on a character that is no letter may be a symbol or an emoji, which X searches."""

_RENAMED = {"id": "in", "he": "iw", "yi": "ji"}
"""Languages that X goes on calling by the code that ISO 639-1 took back."""
_SHOWN = 60
MOST_HALVINGS = 6
"""An AND of alternatives that is too long becomes two to the power of this many searches, about."""


def operator(term: Term) -> str | None:  # noqa: PLR0911 one a kind of term
    """The term in X's words; None when nothing in it can be searched."""
    value = term.value.strip()
    match term.kind:
        case TermKind.HANDLE if is_account(value):
            return f"@{value}"
        case TermKind.AUTHOR if is_account(value.removeprefix("@")):
            return f"from:{value.removeprefix('@')}"
        case TermKind.TAG if re.fullmatch(r"\w+", value) and not value.isdigit():
            return f"#{value}"
        case TermKind.LANGUAGE if re.fullmatch(r"[a-z]{2}", value):
            return f"lang:{_RENAMED.get(value, value)}"
        case TermKind.AUTHOR | TermKind.LANGUAGE | TermKind.SITE | TermKind.SUBREDDIT:
            return None
        case TermKind.WORD | TermKind.PREFIX if re.fullmatch(r"\w+", value) and value.lower() not in _RESERVED:
            return value
    value = value.lower().removeprefix("www.") if term.kind is TermKind.DOMAIN else value
    inside = " ".join(re.sub(r'["\\\x00-\x1f\x7f]', " ", value).split())
    if not any(char.isalnum() or ord(char) >= _SYMBOLS for char in inside):
        return None
    return f'url:"{inside}"' if term.kind is TermKind.DOMAIN else f'"{inside}"'


def is_account(value: str) -> bool:
    """Whether it can be the name of an account on X."""
    return re.fullmatch(r"[A-Za-z0-9_]{1,15}", value) is not None


def stands_alone(node: Node) -> bool:
    """Whether X takes the node as a rule by itself: every alternative asks for more than a language."""
    match node:
        case Term(kind):
            return kind is not TermKind.LANGUAGE
        case And(parts):
            return any(map(stands_alone, parts))
        case Or(parts):
            return all(map(stands_alone, parts))
    return False


def render(node: Node) -> str:
    """The node as part of an AND: an OR in parentheses."""
    match node:
        case Term():
            return operator(node) or ""
        case Not(part):
            return f"-{render(part)}"
        case Or(parts):
            inside = " OR ".join(f"({render(part)})" if isinstance(part, And) else render(part) for part in parts)
            return f"({inside})"
        case And(parts):
            return " ".join(render(part) for part in parts)
    return ""


def length(text: str) -> int:
    """Length as X may count it at most: an emoji is two characters."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def split(node: Node, room: int, notes: list[Note]) -> tuple[Node, ...]:
    """Rules of at most ``room`` characters each that together find what ``node`` finds, or more."""
    if _width(node) <= room:
        return (node,)
    if isinstance(node, Or):
        return tuple(part for half in _halves(node) for part in split(half, room, notes))
    if not isinstance(node, And):
        notes.append(Note(_shortened(node), "", f"too long for one search: {NOT_FOUND}", loses=True))
        return ()
    return _split_and(node, room, notes)


def _split_and(node: And, room: int, notes: list[Note]) -> tuple[Node, ...]:
    """Too many exclusions are left to the evaluator first; then the widest OR is halved; then terms are left out.

    Every halving doubles the searches. Where that would be too often, the widest OR, which narrows the least, goes.
    """
    widths = {part: _width(part) + 1 for part in node.parts}
    excluded = [part for part in node.parts if isinstance(part, Not)]
    choices = [part for part in node.parts if isinstance(part, Or)]

    def leave_out(part: Node) -> None:
        notes.append(Note(_shortened(part), "", f"too long for one search: {READ_MORE}"))
        del widths[part]

    while excluded and (not choices or sum(widths[part] for part in excluded) > room // 2) and _wide(widths, room):
        leave_out(excluded.pop())
    while len(choices) > 1 and _halvings(widths, choices, room) > MOST_HALVINGS:
        choices.remove(widest := max(choices, key=widths.__getitem__))
        leave_out(widest)
    if choices and _wide(widths, room):
        widest = max(choices, key=widths.__getitem__)
        rest = [part for part in widths if part is not widest]
        return tuple(part for half in _halves(widest) for part in _split_parts([half, *rest], room, notes))
    for part in sorted(widths, key=widths.__getitem__, reverse=True):
        if not _wide(widths, room):
            break
        if not any(stands_alone(other) for other in widths if other is not part):
            notes.append(Note(_shortened(node), "", f"too long for one search: {NOT_FOUND}", loses=True))
            return ()
        leave_out(part)
    return (cast(Node, joined(And, widths)),)


def _wide(widths: Mapping[Node, int], room: int) -> bool:
    """Whether parts of these widths, each with the blank that follows it, are too long together."""
    return sum(widths.values()) - 1 > room


def _halvings(widths: Mapping[Node, int], choices: Sequence[Or], room: int) -> int:
    """How often the widest of the choices is halved until all parts together are short enough."""
    halved = [float(widths[choice]) for choice in choices]
    fixed = sum(widths.values()) - sum(halved) - 1
    for times in range(MOST_HALVINGS + 1):
        if fixed + sum(halved) <= room:
            return times
        halved.sort()
        halved[-1] /= 2
    return MOST_HALVINGS + 1


def _split_parts(parts: Sequence[Node], room: int, notes: list[Note]) -> tuple[Node, ...]:
    together = joined(And, parts)
    return () if together is None else split(together, room, notes)


def _halves(node: Or) -> tuple[Node, Node]:
    """Two ORs of about the same width; every alternative is in one of them."""
    target, seen, at = _width(node) / 2, 0, 1
    for index, part in enumerate(node.parts[:-1], start=1):
        seen += _width(part) + len(" OR ")
        at = index
        if seen >= target:
            break
    return _or(node.parts[:at]), _or(node.parts[at:])


def _or(parts: tuple[Node, ...]) -> Node:
    return parts[0] if len(parts) == 1 else Or(parts)


def _width(node: Node) -> int:
    return length(render(node))


def _shortened(node: Node) -> str:
    text = str(node)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
