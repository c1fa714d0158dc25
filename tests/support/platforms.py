"""What X and Reddit find, by their documentation: small evaluators of their search languages, written without ours.

Both read words as tokens: letters, digits and underscores, case and diacritics folded, all else between them read over;
a phrase is tokens side by side (connectors §1.8; X's page on rules). Assumed where nothing is documented: letters that
Unicode does not take apart (``ø``) are folded like those that it does, and a symbol is a token of its own. Left out
because it only finds more: Reddit's stems, its look into flair; X's look into the text of links.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache

from bot.model import Item

_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe"})
_X_PARTS = re.compile(r'-?(?:\w+:)?"[^"]*"|[()]|[^\s()]+')
_REDDIT_PARTS = re.compile(r'(?:\w+:)?"[^"]*"|[()]|[^\s()]+')


@cache
def tokens(text: str) -> list[str]:
    """The text as a search index holds it."""
    return re.findall(r"\w+|[^\w\s\x00-\x7f]", unaccented(text))


def _holds_phrase(held: Sequence[str], phrase: str) -> bool:
    wanted = [token for token in tokens(phrase) if re.match(r"\w", token)] or tokens(phrase)
    words = [token for token in held if re.match(r"\w", token)] if re.match(r"\w", wanted[0]) else list(held)
    return any(words[at : at + len(wanted)] == wanted for at in range(len(words) - len(wanted) + 1))


def x_finds(rule: str, post: Item) -> bool:
    """Whether X's rule finds the post: a blank is AND, and binds before OR; ``-`` excludes one operator."""

    def one(part: str) -> bool:  # noqa: PLR0911 one an operator
        if part.startswith("-"):
            return not one(part[1:])
        name, colon, value = part.partition(":")
        name, value = name if colon else "", value.strip('"')
        if part == "is:retweet":
            return False
        if name == "from":
            return (post.author.handle or "").lower() == value.lower()
        if name == "lang":
            return post.language == {"in": "id", "iw": "he"}.get(value, value)
        if name == "url":
            return any(_holds_phrase(tokens(link), value) for link in post.links)
        if part[0] in "@#":
            return re.search(rf"(?<!\w){re.escape(unaccented(part))}(?!\w)", unaccented(post.text)) is not None
        return _holds_phrase(tokens(post.text), part.strip('"'))

    return _any_of(_X_PARTS.findall(rule), one)


@cache
def unaccented(text: str) -> str:
    """Case and diacritics folded; signs kept."""
    plain = unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS)
    return "".join(char for char in plain if unicodedata.category(char) not in {"Mn", "Cf"})


def reddit_finds(search: str, where: str, post: Item) -> bool:
    """Whether Reddit's search in ``where`` (r/a+b, r/all) finds the post; an empty search is all that is new."""
    places = where.removeprefix("r/").lower().split("+")
    if places != ["all"] and post.outlet.removeprefix("r/").lower() not in places:
        return False
    if not search:
        return True
    spots = {"title": post.title, "url": " ".join(post.links), "site": " ".join(post.links)}

    def one(part: str) -> bool:
        name, colon, value = part.partition(":")
        if colon and name in {"author", "subreddit"}:
            held = post.author.handle or "" if name == "author" else post.outlet.removeprefix("r/")
            return held.lower() == value.strip('"').lower()
        value, text = (value, spots[name]) if colon and name in spots else (part, f"{post.text} {' '.join(post.links)}")
        if value.endswith("*"):
            return any(token.startswith(tokens(value)[0]) for token in tokens(text))
        return _holds_phrase(tokens(text), value.strip('"'))

    return _any_of([part for part in _REDDIT_PARTS.findall(search) if part != "AND"], one)


def _any_of(parts: list[str], one: Callable[[str], bool]) -> bool:
    """The parts evaluated: side by side is AND, and binds before OR."""

    def alternatives(at: int) -> tuple[bool, int]:
        found, at = together(at)
        while at < len(parts) and parts[at] == "OR":
            other, at = together(at + 1)
            found = found or other
        return found, at

    def together(at: int) -> tuple[bool, int]:
        found = True
        while at < len(parts) and parts[at] not in {"OR", ")"}:
            if parts[at] == "(":
                inner, at = alternatives(at + 1)
                found = found and inner
            else:
                found = one(parts[at]) and found
            at += 1
        return found, at

    return alternatives(0)[0]
