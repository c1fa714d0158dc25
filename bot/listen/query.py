"""The query language of a subject: text to nodes and back.

``truffle* AND ("free chocolate" OR @acme OR #acme OR acme.example) NOT recipe``. The grammar makes the nodes of
``bot.model.query``; it knows no platform.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from functools import cache
from typing import cast

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedToken, v_args

from bot.listen.query_errors import character_error, check_terms, exclusion_error, refusal, structure_error
from bot.model import And, Node, Not, Or, Query, Term, TermKind

GRAMMAR = r"""
?start:   any_of
?any_of:  all_of (OR all_of)*
?all_of:  one (AND? one)*
?one:     (NOT | MINUS) one    -> none_of
       |  "(" any_of ")"
       |  term

term: PHRASE | HANDLE | TAG | PREFIX | DOMAIN | WORD

// Operators are upper case and stand alone; `not` in lower case is a word like any other.
AND.5:    /AND(?=[\s()"“”„]|$)/
OR.5:     /OR(?=[\s()"“”„]|$)/
NOT.5:    /NOT(?=[\s()"“”„]|$)/
MINUS.5:  /-(?=[^\s)])/

// Every term but a phrase ends where a blank, a parenthesis or a quotation mark begins. A colon, an asterisk inside a
// word, and NEAR are kept free for operators to come; in quotes they can be looked for today.
PHRASE.4: /["“”„][^"“”„]*["“”„]/
HANDLE.4: /@\w(?:[\w.\-]*\w)?(?:@\w[\w.\-]*\w)?(?=[\s()"“”„]|$)/
TAG.4:    /#\w+(?=[\s()"“”„]|$)/
PREFIX.4: /[^\s()"“”„@#*:\-][^\s()"“”„*:]*\*(?=[\s()"“”„]|$)/
DOMAIN.3: /(?:\w(?:[\w\-]*\w)?\.)+(?:xn--[\w\-]+|[^\W\d_]{2,})(?=[\s()"“”„]|$)/
WORD.2:   /(?!NEAR(?:\/\d+)?(?:[\s()"“”„]|$))[^\s()"“”„@#*:\-][^\s()"“”„*:]*(?=[\s()"“”„]|$)/

%ignore /\s+/
"""

_MAX_LENGTH = 20_000
_TERMS = frozenset(kind.name for kind in TermKind)


def parse_query(subject_id: str, text: str) -> Query:
    """Reads a subject's query.

    Raises QueryError, with the position and a drawing of it, when the text is no query, when a term has nothing to
    look for, and when the query would match a text that holds none of its terms.
    """
    if len(text) > _MAX_LENGTH:
        raise refusal(text, _MAX_LENGTH, f"it is longer than {_MAX_LENGTH} characters")
    if not text.strip():
        raise refusal(text, 0, "it is empty")
    try:
        tokens = list(_parser().lex(text))
        check_terms(text, tokens)
        node = cast(Node, _parser().parse(text))  # the transformer leaves no tree
    except UnexpectedCharacters as error:
        raise character_error(text, cast(int, error.pos_in_stream)) from error
    except UnexpectedToken as error:
        ended = error.token.type == "$END"
        raise structure_error(text, tokens, None if ended else error.token.start_pos) from error
    if holds(node, frozenset()):
        loose = _loose_part(node)
        named = {*positive_terms(loose), *positive_terms(loose, wanted=False)}
        inside = [token.start_pos for token in tokens if token.type in _TERMS and _term(token) in named]
        raise exclusion_error(text, tokens, unparse(loose), inside, only=not positive_terms(node))
    return Query(subject_id, text, node)


def unparse(node: Node) -> str:
    """The query in its plainest writing: parsing it gives the same node."""
    match node:
        case And(parts):
            return " AND ".join(f"({unparse(part)})" if isinstance(part, Or) else unparse(part) for part in parts)
        case Or(parts):
            return " OR ".join(unparse(part) for part in parts)
        case Not(part):
            return f"NOT {unparse(part)}" if isinstance(part, Term) else f"NOT ({unparse(part)})"
    return str(node)


def holds(node: Node, found: AbstractSet[Term]) -> bool:
    """Whether the node is true of a text in which exactly the terms ``found`` occur."""
    match node:
        case And(parts):
            return all(holds(part, found) for part in parts)
        case Or(parts):
            return any(holds(part, found) for part in parts)
        case Not(part):
            return not holds(part, found)
    return node in found


def positive_terms(node: Node, wanted: bool = True) -> tuple[Term, ...]:
    """The terms that speak for a match, each once, in order; with ``wanted`` False those that speak against it."""
    match node:
        case And(parts) | Or(parts):
            return tuple(dict.fromkeys(term for part in parts for term in positive_terms(part, wanted)))
        case Not(part):
            return positive_terms(part, not wanted)
    return (node,) if wanted else ()


def _loose_part(node: Node) -> Node:
    """The part of an unusable query that is true of a text without any of its terms."""
    match node:
        case Or(parts):
            return next(_loose_part(part) for part in parts if holds(part, frozenset()))
        case And(parts):
            return _loose_part(parts[0])
    return node


def conjunction(parts: list[Node]) -> Node:
    """All of ``parts``, flat."""
    flat = tuple(inner for part in parts for inner in (part.parts if isinstance(part, And) else (part,)))
    return flat[0] if len(flat) == 1 else And(flat)


def disjunction(parts: list[Node]) -> Node:
    """Any of ``parts``, flat."""
    flat = tuple(inner for part in parts for inner in (part.parts if isinstance(part, Or) else (part,)))
    return flat[0] if len(flat) == 1 else Or(flat)


def negation(part: Node) -> Node:
    """The opposite of ``part``; twice is the part itself."""
    return part.part if isinstance(part, Not) else Not(part)


@v_args(inline=True)
class _Nodes(Transformer[Token, Node]):
    """Turns each rule into a node while the parser reduces it, so that no tree is walked."""

    def any_of(self, *parts: Node | Token) -> Node:
        return disjunction([part for part in parts if not isinstance(part, Token)])

    def all_of(self, *parts: Node | Token) -> Node:
        return conjunction([part for part in parts if not isinstance(part, Token)])

    def none_of(self, _operator: Token, part: Node) -> Node:
        return negation(part)

    def term(self, token: Token) -> Term:
        return _term(token)


def _term(token: Token) -> Term:
    kind = TermKind[token.type]
    value = str(token)
    if kind is TermKind.PHRASE:
        value = " ".join(value[1:-1].split())
    elif kind is TermKind.PREFIX:
        value = value[:-1]
    elif kind in {TermKind.HANDLE, TermKind.TAG}:
        value = value[1:]
    return Term(kind, value)


@cache
def _parser() -> Lark:
    """The parser, built when the first query is read."""
    return Lark(GRAMMAR, parser="lalr", lexer="basic", transformer=_Nodes())
