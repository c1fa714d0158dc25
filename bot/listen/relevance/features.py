"""What a classifier sees of a mention: words around the name, how the name is written, where it stands. Pure.

Other people's handles, and numbers, are no features: what is learned is the company that a name keeps, not who spoke.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import unquote, urlsplit

from bot.listen.folding import fold
from bot.listen.urls import host_of
from bot.model import Hit, MatchField, Mention

NEAR = 3
"""So many words each side are told from the rest by their nearness."""
AROUND = 40
"""So many words each side are looked at, and so many at the beginning, where most pieces say what they are about."""
HITS = 5
"""The first hits of a piece are looked at; the sixth seldom says more."""

Identify = Callable[[str], str | None]

_WORD = re.compile(r"[^\W\d_][\w'’]*")
_NAMES = re.compile(r"@\w+|https?://\S+")
_TAG = re.compile(r"#(\w+)")


def features_of(mention: Mention, identify: Identify | None = None) -> frozenset[str]:
    """The mention's features, each a kind and a folded word: ``next:wax``, ``case:lower``, ``outlet:example.org``.

    ``identify`` tells the language of a text whose source did not.
    """
    item = mention.item
    hits = [hit for hit in mention.matched if hit.field in {MatchField.TITLE, MatchField.TEXT}][:HITS]
    return frozenset(
        (
            *_words(item.text, hits),
            *_writing(item.text, mention.matched),
            *(f"title:{word}" for word in _plain(item.title)),
            *(f"tag:{fold(tag)}" for tag in _TAG.findall(item.text)),
            *_places(mention),
            f"language:{item.language or (identify(item.text) if identify else None) or ''}",
        )
    )


def _words(text: str, hits: Iterable[Hit]) -> Iterator[str]:
    """Words at the beginning and around each hit; those beside it by their place."""
    yield from (f"word:{word}" for word in _plain(text[: AROUND * 12])[:AROUND])
    for hit in hits:
        before = _plain(text[max(0, hit.start - AROUND * 12) : hit.start])[-AROUND:]
        after = _plain(text[hit.end : hit.end + AROUND * 12])[:AROUND]
        yield from (f"word:{word}" for word in (*before, *after))
        yield from (f"near:{word}" for word in (*before[-NEAR:], *after[:NEAR]))
        yield f"prev:{before[-1] if before else ''}"
        yield f"next:{after[0] if after else ''}"


def _writing(text: str, hits: Iterable[Hit]) -> Iterator[str]:
    """Which term was found, where, and in which case."""
    for hit in hits:
        yield f"term:{fold(hit.term)}"
        yield f"field:{hit.field}"
        if hit.field in {MatchField.TITLE, MatchField.TEXT}:
            written = text[hit.start : hit.end]
            case = next((name for name in ("lower", "upper", "title") if getattr(written, f"is{name}")()), "mixed")
            yield f"case:{case}"


def _places(mention: Mention) -> Iterator[str]:
    """Where it ran, what it links to, and the words of its address."""
    item = mention.item
    yield f"outlet:{fold(item.outlet)}"
    yield f"kind:{item.kind}"
    yield from (f"link:{host}" for link in item.links if (host := host_of(link)))
    try:
        path = urlsplit(item.url or "").path
    except ValueError:
        return  # a broken address tells nothing
    yield from (f"url:{word}" for word in _plain(re.sub(r"[-_/.+]", " ", unquote(path))))


def _plain(text: str) -> list[str]:
    """The folded words of a text, in order."""
    return [fold(word) for word in _WORD.findall(_NAMES.sub(" ", text))]
