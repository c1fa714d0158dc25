"""The query language of a subject: text to nodes and back.

``truffle* AND ("free chocolate" OR @acme OR acme.example) NOT recipe``, ``=Target NEAR/5 (shop OR store) lang:en``. The
grammar makes the nodes of ``bot.model.query``; it knows no platform.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import cache
from typing import cast

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedToken, v_args

from bot.listen.query_errors import (
    MOST_APART,
    Slip,
    character_error,
    check_terms,
    exclusion_error,
    language_error,
    refusal,
    structure_error,
)
from bot.model import FIELDS, And, Leaf, Near, Node, Not, Or, Query, Term, TermKind

GRAMMAR = r"""
?start:   any_of
?any_of:  all_of (OR all_of)*
?all_of:  one (AND? one)*
?one:     (NOT | MINUS) one    -> none_of
       |  near
?near:    part
       |  part NEAR part       -> near_by
?part:    group
       |  term
       |  FIELD group          -> scoped
       |  FIELD term           -> scoped
?group:   "(" any_of ")"

term: EQUALS? (PHRASE | PREFIX | DOMAIN | WORD)
    | HANDLE
    | TAG

// Operators are upper case and stand alone; `not` in lower case is a word like any other.
AND.5:    /AND(?=[\s()"“”„]|$)/
OR.5:     /OR(?=[\s()"“”„]|$)/
NOT.5:    /NOT(?=[\s()"“”„]|$)/
NEAR.5:   /NEAR\/\d{1,9}(?=[\s()"“”„]|$)/
MINUS.5:  /-(?=[^\s)])/

// What is written right before a term: the field in which it counts, and that case and accents count.
FIELD.6:  /(?i:title|author|site|lang|in):(?=[^\s)])/
EQUALS.6: /=(?=[^\s)])/

// Every term but a phrase ends where a blank, a parenthesis or a quotation mark begins. A colon, an asterisk inside a
// word, and NEAR can be looked for in quotes.
PHRASE.4: /["“”„][^"“”„]*["“”„]/
HANDLE.4: /@\w(?:[\w.\-]*\w)?(?:@\w[\w.\-]*\w)?(?=[\s()"“”„]|$)/
TAG.4:    /#\w+(?=[\s()"“”„]|$)/
PREFIX.4: /[^\s()"“”„@#*:\-][^\s()"“”„*:]*\*(?=[\s()"“”„]|$)/
DOMAIN.3: /(?:\w(?:[\w\-]*\w)?\.)+(?:xn--[\w\-]+|[^\W\d_]{2,})(?=[\s()"“”„]|$)/
WORD.2:   /(?!NEAR(?:\/[^\s()"“”„]*)?(?:[\s()"“”„]|$))[^\s()"“”„@#*:\-][^\s()"“”„*:]*(?=[\s()"“”„]|$)/

%ignore /\s+/
"""

_MAX_LENGTH = 20_000
_TERMS = frozenset(kind.name for kind in TermKind) - {kind.name for kind in FIELDS}
_LANGUAGE = re.compile(r"([A-Za-z]{2})(?:[-_][A-Za-z]+)?")
_SUBREDDIT = re.compile(r"(?:/?r/)?((?:u_)?[A-Za-z0-9_]{2,24})/?")


def parse_query(subject_id: str, text: str) -> Query:
    """Reads a subject's query.

    Raises QueryError, with the position and a drawing of it, when the text is no query, when a term has nothing to
    look for, and when the query would match a text that holds none of its terms, or any text in a language.
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
    except Slip as slip:
        raise refusal(text, slip.position, slip.problem) from slip
    if holds(node, frozenset()):
        loose = _loose_part(node)
        named = {term.value for term in (*positive_terms(loose), *positive_terms(loose, wanted=False))}
        inside = [token.start_pos for token in tokens if token.type in _TERMS and _term(token).value in named]
        raise exclusion_error(text, tokens, unparse(loose), inside, only=not positive_terms(node))
    if holds(node, {term for term in positive_terms(node) if term.kind is TermKind.LANGUAGE}):
        raise language_error(text, tokens)
    return Query(subject_id, text, node)


def unparse(node: Node) -> str:
    """The query in its plainest writing: parsing it gives the same node."""
    return str(node)


def holds(node: Node, found: AbstractSet[Leaf]) -> bool:
    """Whether the node is true of a text in which exactly the leaves (terms, and terms near each other) occur."""
    match node:
        case And(parts):
            return all(holds(part, found) for part in parts)
        case Or(parts):
            return any(holds(part, found) for part in parts)
        case Not(part):
            return not holds(part, found)
    return node in found


def leaves(node: Node, wanted: bool = True) -> tuple[Leaf, ...]:
    """The leaves that speak for a match, each once, in order; with ``wanted`` False those that speak against it."""
    match node:
        case And(parts) | Or(parts):
            return tuple(dict.fromkeys(leaf for part in parts for leaf in leaves(part, wanted)))
        case Not(part):
            return leaves(part, not wanted)
    return (node,) if wanted else ()


def positive_terms(node: Node, wanted: bool = True) -> tuple[Term, ...]:
    """The terms of those leaves, each once, in order."""
    return tuple(dict.fromkeys(term for leaf in leaves(node, wanted) for term in terms_of(leaf)))


def terms_of(leaf: Leaf) -> Iterator[Term]:
    """A term itself; of terms near each other, those of both sides."""
    if isinstance(leaf, Term):
        yield leaf
    else:
        yield from side_terms(leaf.left)
        yield from side_terms(leaf.right)


def side_terms(side: Term | Or) -> tuple[Term, ...]:
    """The terms of one side of a NEAR."""
    return positive_terms(side)


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

    def near_by(self, left: Node, operator: Token, right: Node) -> Near:
        within = int(operator.rpartition("/")[2])
        if not 1 <= within <= MOST_APART:
            raise Slip(operator, f"{operator} needs a number of words from 1 to {MOST_APART}")
        return Near(_side(left, operator), _side(right, operator), within)

    def scoped(self, field: Token, node: Node) -> Node:
        return _scoped(field, node)

    def term(self, *tokens: Token) -> Term:
        term = _term(tokens[-1])
        if len(tokens) == 1:
            return term
        kind = TermKind.WORD if term.kind is TermKind.DOMAIN else term.kind  # =Booking.com is a name, not an address
        return Term(kind, term.value, exact=True)


def _side(node: Node, operator: Token) -> Term | Or:
    """A side of a NEAR, checked: it can only look for what stands in the text."""
    terms = node.parts if isinstance(node, Or) else (node,)
    if not all(isinstance(term, Term) and term.kind not in FIELDS for term in terms):
        raise Slip(
            operator,
            f"each side of {operator} is one term, or alternatives of terms in parentheses: (free OR gratis) {operator} truffle",
        )
    return cast(Term | Or, node)


def _scoped(field: Token, node: Node) -> Node:
    """The node with each of its terms in the field."""
    match node:
        case And(parts):
            return And(tuple(_scoped(field, part) for part in parts))
        case Or(parts):
            return Or(tuple(_scoped(field, part) for part in parts))
        case Not(part):
            return Not(_scoped(field, part))
        case Near(left, right, within):
            if field.lower() != "title:":
                raise Slip(field, f"NEAR/{within} is about words of the text; write {field.lower()}… beside it")
            return Near(cast(Term | Or, _scoped(field, left)), cast(Term | Or, _scoped(field, right)), within)
    return _in_field(field, node)


def _in_field(field: Token, term: Term) -> Term:
    name = field[:-1].lower()
    if term.in_title or term.kind in FIELDS:
        raise Slip(field, f"fields do not stand inside each other; write {name}:… beside the other")
    if name == "title":
        return replace(term, in_title=True)
    if term.exact:
        raise Slip(field, f"'=' goes with words of the text, not with {name}:")
    kind, value = TermKind(name), term.value
    if kind is TermKind.AUTHOR and term.kind is not TermKind.PREFIX and term.kind is not TermKind.TAG:
        return Term(kind, value.removeprefix("/").removeprefix("u/"))
    if kind is TermKind.SITE and term.kind is TermKind.DOMAIN:
        return Term(kind, value)
    if kind is TermKind.LANGUAGE and term.kind is TermKind.WORD and (code := _LANGUAGE.fullmatch(value)):
        return Term(kind, code[1].lower())
    if kind is TermKind.SUBREDDIT and term.kind is TermKind.WORD and (found := _SUBREDDIT.fullmatch(value)):
        return Term(kind, found[1])
    raise Slip(field, _WANTED[kind])


_WANTED = {
    TermKind.AUTHOR: 'author: takes an account or a name in full, such as author:acme or author:"Jane Doe"',
    TermKind.SITE: "site: takes a domain, such as site:example.org",
    TermKind.LANGUAGE: "lang: takes the two-letter code of a language, such as lang:en",
    TermKind.SUBREDDIT: "in: takes the name of a subreddit, such as in:chocolate",
}


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
