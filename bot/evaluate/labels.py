"""What people write in a label column, as our nouns; pure."""

from __future__ import annotations

from collections.abc import Mapping

from bot.model import Genre, Outcome, ToneLabel

_NEGATIVE, _NEUTRAL, _POSITIVE = ToneLabel.NEGATIVE, ToneLabel.NEUTRAL, ToneLabel.POSITIVE
TONES: Mapping[str, ToneLabel] = {
    **dict.fromkeys(("negative", "neg", "-", "-1", "-1.0", "against"), _NEGATIVE),
    **dict.fromkeys(("neutral", "neu", "none", "0", "0.0"), _NEUTRAL),
    **dict.fromkeys(("positive", "pos", "+", "1", "1.0", "+1", "favor", "favour"), _POSITIVE),
}
"""Written in lower case."""

TRUTHS: Mapping[str, bool] = {
    **dict.fromkeys(("1", "1.0", "yes", "true", "y", "t"), True),
    **dict.fromkeys(("0", "0.0", "no", "false", "n", "f"), False),
}

_POST, _DISCUSSION, _ARTICLE = Genre.POST, Genre.DISCUSSION, Genre.ARTICLE
GENRES: Mapping[str, Genre] = {
    **dict.fromkeys(("post", "twitter", "x", "tweet", "bluesky", "mastodon", "microblog", "social"), _POST),
    **dict.fromkeys(("discussion", "reddit", "hackernews", "hn", "forum", "thread", "comment", "review"), _DISCUSSION),
    **dict.fromkeys(("article", "rss", "news", "newspaper", "press", "blog", "editorial", "headline", "web"), _ARTICLE),
}
"""What kind of writing a source gives, by connector names and plain words in lower case, singular."""


def tone_label(text: str) -> ToneLabel | None:
    """``negative``, ``neg``, ``-1`` …; None for anything else."""
    return TONES.get(_plain(text))


def number(text: str) -> float | None:
    """A finite number; None for anything else."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def truth(text: str) -> bool | None:
    """1 or 0, yes or no; None for anything else."""
    return TRUTHS.get(_plain(text))


def outcome(text: str) -> Outcome | None:
    """A message's outcome by name; None for anything else."""
    return next((one for one in Outcome if one.value == _plain(text)), None)


def genre(text: str) -> Genre | None:
    """What kind of writing a source's name stands for; None when the name is not known."""
    word = _plain(text)
    return GENRES.get(word) or GENRES.get(word.removesuffix("s"))


def _plain(text: str) -> str:
    return text.strip().casefold()
