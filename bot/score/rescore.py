"""The use case: history under the present rules, newest first, so that a run that was killed goes on where it stood.

What is done carries the present version and is not looked at again; what a new score replaces is kept in brief, in the
same transaction, so that the report of differences is whole however often the run was broken off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice

from bot.model import ScoredMention, brief_of
from bot.ports import ScoreStore
from bot.score.difference import Change, change_of
from bot.score.score_mentions import ScoringSettings, Work, never, rules_version

BATCH = 500
"""Mentions that are read, and saved in one transaction, at a time."""


def rescore(
    store: ScoreStore,
    settings: ScoringSettings,
    now: datetime,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    batch: int = BATCH,
    progress: Callable[[int], None] | None = None,
    stop: Callable[[], bool] = never,
) -> int:
    """Scores anew what was told in ``[since, until)`` and scored by other rules; how many scores the store was handed.

    Each in the frozen context of its own day. ``progress`` is told the count after each batch, ``stop`` asked before
    each mention.
    """
    work = Work(store, settings, now, stop)
    outdated = store.outdated(work.version, since, until)
    done = 0
    while not stop() and (found := list(islice(outdated, batch))):
        mentions = [one.mention for one in found]
        done += work.score(mentions, {one.mention.id: brief_of(one.score) for one in found})
        if progress is not None:
            progress(done)
    return done


def rescoring_would(
    store: ScoreStore, settings: ScoringSettings, now: datetime, *, since: datetime | None = None
) -> Iterator[Change]:
    """What :func:`rescore` would change, mention by mention; nothing is written."""
    work = Work(store, settings, now, keep=False)
    return (changed(found, work) for found in store.outdated(work.version, since))


def rescored(store: ScoreStore, settings: ScoringSettings, *, since: datetime | None = None) -> Iterator[Change]:
    """What the last rescoring to the present rules changed, mention by mention."""
    for found, before in store.rescored(rules_version(settings), since):
        yield change_of(found.mention, before, brief_of(found.score))


def changed(found: ScoredMention, work: Work) -> Change:
    """What the rules of ``work`` make of a scored mention."""
    return change_of(found.mention, brief_of(found.score), brief_of(work.one(found.mention)))
