"""Says what is wrong with a query, where, and what to write instead, in words for people who write no code."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from difflib import get_close_matches

from lark import Token

from bot.errors import QueryError
from bot.listen.folding import fold

FIELD_NAMES = ("title", "author", "site", "lang", "in")

_MAX_DEPTH = 50
"""Deeper nesting than this is a slip or an attack; nodes are walked recursively."""

MOST_APART = 99
"""Words between which NEAR may ask; further apart is no neighbourhood."""

_SHOWN = 72
_OPERATORS = frozenset({"AND", "OR", "NEAR"})
_EXCLUSIONS = frozenset({"NOT", "MINUS"})
_NEEDS = {
    **dict.fromkeys(_OPERATORS, "something on both sides"),
    **dict.fromkeys(_EXCLUSIONS, "something after it"),
    "FIELD": "right after it a term, or several in parentheses",
    "EQUALS": "right after it a word or a phrase",
}
"""What must stand beside an operator, for the error where it does not."""


_INSTEAD = {
    "from": "author:",
    "by": "author:",
    "account": "author:",
    "language": "lang:",
    "subreddit": "in:",
    "sub": "in:",
    "r": "in:",
    "domain": "site:",
    "host": "site:",
    "headline": "title:",
    "intitle": "title:",
}
"""Fields of other search languages, and ours for the same."""
_ADDRESS_FIELDS = frozenset({"url", "link"})


class Slip(Exception):
    """What is wrong with a part that reads well by itself, at the token where it is seen."""

    def __init__(self, token: Token, problem: str) -> None:
        super().__init__(problem)
        self.position = _at(token)
        self.problem = problem


def refusal(text: str, position: int, problem: str) -> QueryError:
    """The error for ``problem`` at ``position``, with the line of the query and a caret under the place."""
    start = text.rfind("\n", 0, position) + 1
    line = text[start:].split("\n", 1)[0].replace("\t", " ")
    column = position - start
    cut = max(0, column - _SHOWN // 2)
    shown = line[cut : cut + _SHOWN]
    return QueryError(
        f"The query cannot be used: {problem}.\n  {shown}\n  {' ' * (column - cut)}^",
        position=position,
    )


def character_error(text: str, position: int) -> QueryError:
    """The error for a stretch at ``position`` that is no term and no operator."""
    rest = text[position:]
    chunk = rest.split(maxsplit=1)[0]
    if chunk[0] in '"“”„':
        problem = "the closing quotation mark is missing"
    elif chunk[0] == "@":
        problem = "a handle is written @name, with letters, digits, '_', '.' and '-' only"
    elif chunk[0] == "#":
        problem = "a tag is written #name, with letters, digits and '_' only"
    elif chunk[0] == "-":
        problem = "a minus sign needs, right after it, the word that it excludes"
    elif chunk.lower().startswith(("http://", "https://")):
        problem = "an address is written as its bare domain, such as example.org"
    elif chunk.startswith("NEAR"):
        problem = "NEAR needs, right after it, how many words apart: NEAR/5 (the word itself is looked for in quotation marks)"
    elif "*" in chunk:
        problem = (
            "'*' may only stand at the end of a word, or in a phrase; "
            "put the word in quotation marks to look for the sign itself"
        )
    else:  # of the characters that no word may hold, only the colon is left
        problem = _about_colon(chunk)
    return refusal(text, position, problem)


def _about_colon(chunk: str) -> str:
    """What to write instead of a field that there is not, or that nothing stands after."""
    name = chunk.partition(":")[0].lower()
    if name in FIELD_NAMES and chunk.endswith(":"):
        return f"{name}: needs, right after it and without a blank, what to look for"
    if name in _ADDRESS_FIELDS:
        return "an address is looked for by its bare domain, such as example.org"
    near = _INSTEAD.get(name) or next((f"{one}:" for one in get_close_matches(name, FIELD_NAMES, n=1)), "")
    known = f"did you mean {near}?" if near else "there are " + ", ".join(f"{field}:" for field in FIELD_NAMES)
    return f"'{name}:' is no field; {known} (put the word in quotation marks to look for the sign itself)"


def structure_error(text: str, tokens: Sequence[Token], position: int | None) -> QueryError:
    """The error for terms and operators in an order without sense; ``position`` None: the query ended too soon."""
    before = [token for token in tokens if position is None or _at(token) < position]
    last = before[-1] if before else None
    here = next((token for token in tokens if _at(token) == position), None)
    if here is not None and here.type == "NEAR" and last is not None and _is_second_near(before):
        return refusal(text, _at(here), f"{here} joins two sides; of three, write (a {here} b) (b {here} c)")
    if here is not None and here.type in _OPERATORS:
        return refusal(text, _at(here), f"{here} needs something on both sides")
    if last is not None and last.type in _NEEDS:
        return refusal(text, _at(last), f"{last} needs {_NEEDS[last.type]}")
    if here is not None and last is not None and last.type == "LPAR":
        return refusal(text, _at(last), "there is nothing between these parentheses")
    if here is not None:
        return refusal(text, _at(here), "this closing parenthesis has no opening one")
    return refusal(text, _unclosed(tokens), "a closing parenthesis is missing")


def exclusion_error(
    text: str, tokens: Sequence[Token], part: str, places: Sequence[int | None], *, only: bool
) -> QueryError:
    """The error for a query whose ``part`` (its terms stand at ``places``) is true of a text without any of its terms.

    ``only``: the query is nothing but exclusions.
    """
    exclusions = [_at(token) for token in tokens if token.type in _EXCLUSIONS]
    last_term = max((place or 0 for place in places), default=len(text))
    before = [place for place in exclusions if place < last_term]
    if only:
        problem = "a query of exclusions only would match everything; add a word that must occur"
        return refusal(text, exclusions[0], problem)
    return refusal(text, before[-1], f"'{part}' as one side of OR would match nearly everything")


def language_error(text: str, tokens: Sequence[Token]) -> QueryError:
    """The error for a query that only a language is asked of, in one of its alternatives."""
    place = next(_at(token) for token in tokens if token.type == "FIELD" and token.lower() == "lang:")
    return refusal(text, place, "a language alone would match nearly everything; add a word that must occur")


def _is_second_near(before: Sequence[Token]) -> bool:
    """Whether the tokens end in a NEAR and its second side, so that another cannot follow."""
    depth = 0
    for token in reversed(before):
        depth += (token.type == "RPAR") - (token.type == "LPAR")
        if depth < 0 or (depth == 0 and token.type in {"AND", "OR", *_EXCLUSIONS}):
            return False
        if depth == 0 and token.type == "NEAR":
            return True
    return False


def check_terms(text: str, tokens: Sequence[Token]) -> None:
    """Raises QueryError for parentheses nested too deep and for a term in which there is nothing to look for."""
    depth = 0
    for token in tokens:
        depth += (token.type == "LPAR") - (token.type == "RPAR")
        if depth > _MAX_DEPTH:
            raise refusal(text, _at(token), f"parentheses are nested more than {_MAX_DEPTH} deep")
        is_text = token.type in {"PHRASE", "PREFIX", "WORD"}
        if is_text and not any(_can_be_found(character) for character in fold(token)):
            raise refusal(text, _at(token), "here is nothing to look for: no letter, digit or symbol")


def _can_be_found(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character)[0] == "S"


def _unclosed(tokens: Sequence[Token]) -> int:
    """Where the innermost parenthesis that is never closed stands."""
    open_at: list[int] = []
    for token in tokens:
        if token.type == "LPAR":
            open_at.append(_at(token))
        elif token.type == "RPAR":
            open_at.pop()
    return open_at[-1]


def _at(token: Token) -> int:
    return token.start_pos or 0
