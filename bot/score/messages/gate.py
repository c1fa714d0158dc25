"""Whom a message is carried for: what a sentence says of a rival, it does not say of the subject; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.model import Alignment, Outcome, Subject
from bot.score.naming import names_any

_CONTRASTS = re.compile(
    r"\b(?:unlike|than|instead of|rather than|not like|whereas|while|compared|versus|vs)\b", re.IGNORECASE
)


def of_subject(found: Alignment, subject: Subject, rivals: Sequence[Subject]) -> Alignment:
    """The alignment itself, or none of it where its quote speaks of a rival alone.

    A sentence that sets the two against each other ("unlike Rival, they …") speaks of both.
    """
    quote = found.quote
    if (
        found.outcome is Outcome.NONE
        or not names_any(quote, rivals)
        or names_any(quote, (subject,))
        or _CONTRASTS.search(quote)
    ):
        return found
    rival = next(one for one in rivals if names_any(quote, (one,)))
    reason = f"said of {rival.name}, not of {subject.name}: {found.reason}"
    return replace(found, outcome=Outcome.NONE, quote="", start=0, end=0, reason=reason, likeness=0.0)
