"""How long what is kept, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from bot.model.keeping import Retention


def sentences(retention: Retention) -> Iterator[str]:
    """What each setting means, a sentence each."""
    text, authors, rollups = retention.text, retention.authors, retention.rollups
    if text is None:
        yield "words stay until their platform or a person takes them back"
    else:
        yield f"words, links and authors are erased {in_words(text)} after they were collected; numbers stay"
    if retention.pseudonymise:
        yield "authors are kept under a pseudonym from the beginning"
    elif authors is not None:
        yield f"authors become pseudonyms after {in_words(authors)}"
    if rollups is not None:
        yield f"numbers of single mentions go after {in_words(rollups)}"
    if retention.replaced is not None:
        yield f"databases that a restore replaced are removed after {in_words(retention.replaced)}"


def too_short_for(rollups: timedelta | None, needs: Mapping[str, timedelta]) -> Iterator[str]:
    """The figures that want older numbers than are kept, a sentence each; ``needs`` says how far back each looks."""
    for figure, span in needs.items():
        if rollups is not None and rollups < span:
            yield (
                f"{figure} would be unknown or too low: it looks {in_words(span)} back, and numbers of single mentions go "
                f"after {in_words(rollups)}; make rollups longer"
            )


def in_words(span: timedelta) -> str:
    """``400 days``, ``36 hours``."""
    if span % timedelta(days=1) == timedelta(0):
        number, unit = span.days, "day"
    else:
        number, unit = round(span.total_seconds() / 3600), "hour"
    return f"{number:,} {unit}{'' if number == 1 else 's'}"
