"""Says what is wrong with a query, where, and what to write instead, in words for people who write no code."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from lark import Token

from bot.errors import QueryError
from bot.listen.folding import fold

_MAX_DEPTH = 50
"""Deeper nesting than this is a slip or an attack; nodes are walked recursively."""

_SHOWN = 72
_OPERATORS = frozenset({"AND", "OR"})
_EXCLUSIONS = frozenset({"NOT", "MINUS"})


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
        problem = "NEAR is no operator yet; put it in quotation marks to look for the word"
    elif "*" in chunk:
        problem = "'*' may only stand at the end of a word; put the word in quotation marks to look for the sign itself"
    else:  # of the characters that no word may hold, only the colon is left
        problem = "':' is no operator yet; put the word in quotation marks to look for the sign itself"
    return refusal(text, position, problem)


def structure_error(text: str, tokens: Sequence[Token], position: int | None) -> QueryError:
    """The error for terms and operators in an order that makes no sense; ``position`` None: the query ended too soon."""
    before = [token for token in tokens if position is None or _at(token) < position]
    last = before[-1] if before else None
    here = next((token for token in tokens if _at(token) == position), None)
    if here is not None and here.type in _OPERATORS:
        return refusal(text, _at(here), f"{here} needs something on both sides")
    if last is not None and last.type in _OPERATORS:
        return refusal(text, _at(last), f"{last} needs something on both sides")
    if last is not None and last.type in _EXCLUSIONS:
        return refusal(text, _at(last), f"{last} needs something after it")
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
    last_term = max(place or 0 for place in places)
    before = [place for place in exclusions if place < last_term]
    if only:
        problem = "a query of exclusions only would match everything; add a word that must occur"
        return refusal(text, exclusions[0], problem)
    return refusal(text, before[-1], f"'{part}' as one side of OR would match nearly everything")


def check_terms(text: str, tokens: Sequence[Token]) -> None:
    """Raises QueryError for parentheses nested too deep and for a term in which there is nothing to look for."""
    depth = 0
    for token in tokens:
        depth += (token.type == "LPAR") - (token.type == "RPAR")
        if depth > _MAX_DEPTH:
            raise refusal(text, _at(token), f"parentheses are nested more than {_MAX_DEPTH} deep")
        if token.type in {"PHRASE", "PREFIX", "WORD"}:
            if token.type == "PHRASE" and any(word.endswith("*") for word in token[1:-1].split()):
                raise refusal(text, _at(token), "'*' has no meaning inside quotation marks yet")
            if not any(_can_be_found(character) for character in fold(token)):
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
