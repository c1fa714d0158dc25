"""Query nodes to X's search language (connectors §1.8).

A search finds what the local evaluator keeps, and may find more: the evaluator has the last word. What X cannot say is
left out where that only widens the search (excluded groups, a term of an AND), and named in ``notes`` where it narrows
it: an exclusion as an alternative (``a OR NOT b``) would be nearly everything and is not searched; ``prefix*`` does not
exist on X, and the word before the star is searched as a whole word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.model import And, Node, Not, Or, Query, Term, TermKind

_RESERVED = {"and", "or", "not"}
_SYMBOLS = 0x2000
"""From here on a character that is no letter may be a symbol or an emoji, which X searches."""

_PLAIN_WORDS = re.compile(r"[\w\s.'’/-]+")


@dataclass(frozen=True, slots=True)
class Compiled:
    """The searches that together find a query, and in words what they cannot find."""

    searches: tuple[str, ...]
    notes: tuple[str, ...] = ()


def compile_query(query: Query, *, length: int = 512, languages: Sequence[str] = ()) -> Compiled:
    """One search, or as many as the plan's ``length`` (X's characters) asks for; none when X can say nothing of it."""
    notes: list[str] = []
    suffix = " ".join([*_language_filter(languages), "-is:retweet"])
    node = _simplify(query.node, notes)
    parts = () if node is None else _split(node, length - _length(suffix) - 1, notes)
    if not parts:
        notes.append("X cannot search this query at all")
    searches = (f"{_render(part)} {suffix}" for part in parts)
    return Compiled(tuple(dict.fromkeys(searches)), tuple(dict.fromkeys(notes)))


def _language_filter(codes: Sequence[str]) -> Iterable[str]:
    joined = " OR ".join(f"lang:{code}" for code in codes)
    return [f"({joined})"] if len(codes) > 1 else [joined] if codes else []


def operator(term: Term) -> str | None:
    """The term in X's words; None when nothing in it can be searched."""
    value = term.value.strip()
    match term.kind:
        case TermKind.HANDLE if re.fullmatch(r"[A-Za-z0-9_]{1,15}", value):
            return f"@{value}"
        case TermKind.TAG if re.fullmatch(r"\w+", value) and not value.isdigit():
            return f"#{value}"
        case TermKind.WORD | TermKind.PREFIX if re.fullmatch(r"\w+", value) and value.lower() not in _RESERVED:
            return value
    value = value.lower().removeprefix("www.") if term.kind is TermKind.DOMAIN else value
    inside = " ".join(re.sub(r'["\\\x00-\x1f\x7f]', " ", value).split())
    if not any(char.isalnum() or ord(char) >= _SYMBOLS for char in inside):
        return None
    return f'url:"{inside}"' if term.kind is TermKind.DOMAIN else f'"{inside}"'


def _simplify(node: Node, notes: list[str]) -> Node | None:
    """The same query with exclusions of single terms only, and only beside something that is asked for."""
    match node:
        case Term():
            if node.kind is TermKind.PREFIX:
                notes.append(f"X knows no prefixes: {node} is searched as the whole word '{node.value}'")
            return node if operator(node) else None
        case Not(Not(inner)):
            return _simplify(inner, notes)
        case Not():
            return None
        case Or(parts):
            kept = [_simplify(part, notes) for part in parts]
            notes.extend(_cannot(part) for part, found in zip(parts, kept, strict=True) if found is None)
            return _join(Or, kept)
        case And(parts):
            asked = _join(And, [_simplify(part, notes) for part in parts])
            excluded = [Not(term) for part in parts if isinstance(part, Not) for term in _exclusions(part.part)]
            return None if asked is None else _join(And, [asked, *excluded])


def _exclusions(node: Node) -> tuple[Term, ...]:
    """The single terms that ``NOT node`` excludes (De Morgan).

    An excluded AND is left to the evaluator, and so is a term with signs that X reads over (``C++`` would exclude c).
    """
    match node:
        case Term():
            return (node,) if operator(node) and _PLAIN_WORDS.fullmatch(node.value) else ()
        case Or(parts):
            return tuple(term for part in parts for term in _exclusions(part))
        case _:
            return ()


def _cannot(node: Node) -> str:
    what = str(node) if isinstance(node, Term) else "an exclusion without something to look for"
    return f"X cannot search {what}; that alternative is left out"


def _join(kind: type[And | Or], nodes: Iterable[Node | None]) -> Node | None:
    """One node of ``kind``: flat, without repeats, exclusions last; the node itself when there is only one."""
    flat: dict[Node, None] = {}
    for node in nodes:
        if node is not None:
            flat.update(dict.fromkeys(node.parts if isinstance(node, kind) else (node,)))
    parts = sorted(flat, key=lambda part: isinstance(part, Not))
    return kind(tuple(parts)) if len(parts) > 1 else parts[0] if parts else None


def _split(node: Node, room: int, notes: list[str]) -> tuple[Node, ...]:
    """Searches of at most ``room`` characters each that together find what ``node`` finds, or more."""
    if _width(node) <= room:
        return (node,)
    if isinstance(node, Or):
        return tuple(part for half in _halves(node) for part in _split(half, room, notes))
    if not isinstance(node, And):
        notes.append(f"too long for one search on X, and left out: {_render(node)[:60]}…")
        return ()
    return _split_and(node, room, notes)


def _split_and(node: And, room: int, notes: list[str]) -> tuple[Node, ...]:
    """Too many exclusions are left to the evaluator first; then the widest OR is halved; then terms are left out."""
    asked = [part for part in node.parts if not isinstance(part, Not)]
    excluded = [part for part in node.parts if isinstance(part, Not)]
    choices = [part for part in asked if isinstance(part, Or)]
    if excluded and (not choices or sum(_width(part) + 1 for part in excluded) > room // 2):
        return _split_parts([*asked, *excluded[:-1]], room, notes)
    if choices:
        widest = max(choices, key=_width)
        rest = [part for part in node.parts if part is not widest]
        return tuple(part for half in _halves(widest) for part in _split_parts([half, *rest], room, notes))
    longest = max(asked, key=_width)
    return _split_parts([part for part in asked if part is not longest], room, notes)


def _split_parts(parts: Sequence[Node], room: int, notes: list[str]) -> tuple[Node, ...]:
    joined = _join(And, parts)
    return () if joined is None else _split(joined, room, notes)


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


def _render(node: Node) -> str:
    """The node as part of an AND: an OR in parentheses."""
    match node:
        case Term():
            return operator(node) or ""
        case Not(Term(TermKind.HANDLE, handle) as part) if _render(part).startswith("@"):
            # the evaluator takes a handle for its author too
            return f"-@{handle} -from:{handle}"
        case Not(part):
            return f"-{_render(part)}"
        case Or(parts):
            inside = " OR ".join(f"({_render(part)})" if isinstance(part, And) else _render(part) for part in parts)
            return f"({inside})"
        case And(parts):
            return " ".join(_render(part) for part in parts)


def _width(node: Node) -> int:
    return _length(_render(node))


def _length(text: str) -> int:
    """Length as X may count it at most: an emoji is two characters."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
