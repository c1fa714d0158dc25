"""What compilers of queries share: deciding what a platform's own nature decides, and joining nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bot.model import And, Near, Node, Not, Or, Term

READ_MORE = "more may be read than is kept"
NOT_FOUND = "what only this would find is not found there"

Fixed = Callable[[Term], bool | None]
"""What is true of a term on every piece of a platform: always, never, or (None) it depends on the piece."""


def settled(node: Node, fixed: Fixed) -> Node | bool:
    """The node without the terms that the platform's nature decides; True or False when that decides all of it."""
    match node:
        case Term():
            known = fixed(node)
            return node if known is None else known
        case Not(part):
            inside = settled(part, fixed)
            return not inside if isinstance(inside, bool) else Not(inside)
        case Near(left, right, within):
            sides = _side(left, fixed), _side(right, fixed)
            return Near(sides[0], sides[1], within) if sides[0] and sides[1] else False
        case And(parts):
            return _settled_parts(And, [settled(part, fixed) for part in parts], decisive=False)
        case Or(parts):
            return _settled_parts(Or, [settled(part, fixed) for part in parts], decisive=True)


def _side(side: Term | Or, fixed: Fixed) -> Term | Or | None:
    """A side of a NEAR without the terms that the platform never has; None when there are none left."""
    terms = side.parts if isinstance(side, Or) else (side,)
    kept = tuple(term for term in terms if isinstance(term, Term) and fixed(term) is not False)
    return None if not kept else kept[0] if len(kept) == 1 else Or(kept)


def _settled_parts(kind: type[And | Or], parts: list[Node | bool], *, decisive: bool) -> Node | bool:
    if any(part is decisive for part in parts):
        return decisive
    left = joined(kind, [part for part in parts if not isinstance(part, bool)])
    return (not decisive) if left is None else left


def joined(kind: type[And | Or], nodes: Iterable[Node | None]) -> Node | None:
    """One node of ``kind``: flat, without repeats, exclusions last; the node itself when there is only one."""
    flat: dict[Node, None] = {}
    for node in nodes:
        if node is not None:
            flat.update(dict.fromkeys(node.parts if isinstance(node, kind) else (node,)))
    parts = sorted(flat, key=lambda part: isinstance(part, Not))
    return kind(tuple(parts)) if len(parts) > 1 else parts[0] if parts else None


def terms_in(node: Node) -> tuple[Term, ...]:
    """Every term of the node, each once, in order."""
    match node:
        case Term():
            return (node,)
        case Not(part):
            return terms_in(part)
        case Near(left, right, _):
            return tuple(dict.fromkeys((*terms_in(left), *terms_in(right))))
        case And(parts) | Or(parts):
            return tuple(dict.fromkeys(term for part in parts for term in terms_in(part)))
