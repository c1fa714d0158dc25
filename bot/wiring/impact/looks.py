"""How each source looks for each subject, wired: what shares of voice hold against each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bot.digest import wording
from bot.errors import HeardError
from bot.impact.share_of_voice import by_others
from bot.impact.voice_alike import SourceLook
from bot.listen.budget import put_off_first
from bot.listen.query import positive_terms
from bot.listen.urls import host_of
from bot.model import GapCause, Interval, Query, Source, Stance, Subject, Target, TermKind
from bot.ports.voice_store import ToldStory
from bot.store.intervals import union
from bot.store.verbs import HeardStore
from bot.wiring.listen.asking import sendings
from config.settings import PATH_KEYS, Settings

_LIMITS = frozenset({TermKind.LANGUAGE, TermKind.SITE, TermKind.SUBREDDIT, TermKind.AUTHOR})
_READER = frozenset({"user_agent", "username"})
_SHORTEST = 4  # letters of a name under which an option may hold it by chance


def looks_at(
    settings: Settings,
    store: HeardStore,
    queries: Sequence[Query],
    targets: Iterable[Target],
    span: Interval,
    window: Interval,
    *,
    source: str | None = None,
) -> tuple[SourceLook, ...]:
    """How configured sources, or ``source`` alone, looked at ``window``; coverage is of ``span``, which holds it."""
    covered = store.covered(span.start, span.end)
    short = {
        target.source
        for target, gaps in store.gaps(window.start, window.end).items()
        if any(gap.cause is GapCause.BUDGET for gap in gaps)
    }
    lost = _lost(queries, settings.sources)
    later = put_off_first(settings.subjects)
    known = list(targets)
    return tuple(
        SourceLook(
            id=one.id,
            covered=union(part for target, parts in covered.items() if target.source == one.id for part in parts),
            names=subjects_named(
                one, [target.feed for target in known if target.source == one.id], settings.subjects, queries
            ),
            lost=lost.get(one.id, frozenset()),
            strict=_strict(one, settings.subjects),
            late=later if one.id in short else frozenset(),
            parts=tuple(tuple(covered.get(target, ())) for target in known if target.source == one.id),
            name=wording.source_name(one.id, one.connector),
        )
        for one in settings.sources
        if source in (None, one.id)
    )


def told_by_others(
    store: HeardStore, subjects: Sequence[Subject], *windows: Interval
) -> tuple[tuple[ToldStory, ...], ...]:
    """Stories by others told in each of these times, oldest first, as digests count them.

    What any own subject made is not others'.
    """
    everybody, own = [one.id for one in subjects], [one.id for one in subjects if one.own]
    told = [store.told_stories(everybody, window.start, window.end) for window in windows]
    # One mention alone, which is by others, makes no story its own.
    stories = store.own_stories({one.story for found in told for one in found}, shared=True)
    ours = frozenset[str]().union(*(stories.get(one, frozenset()) for one in own))
    without = {**stories, **dict.fromkeys(own, ours)}
    return tuple(by_others(found, without) for found in told)


def limits_of(queries: Iterable[Query]) -> Mapping[str, frozenset[str]]:
    """The places, languages and authors that each subject's query asks for only, as they are written."""
    return {
        query.subject: frozenset(str(term) for term in positive_terms(query.node) if term.kind in _LIMITS)
        for query in queries
    }


def _lost(queries: Sequence[Query], sources: Sequence[Source]) -> dict[str, frozenset[str]]:
    """By source: subjects of whose query a part cannot be asked there, so that what only that finds is missing."""
    try:
        sent = list(sendings(queries, sources))
    except HeardError:
        return {}  # a source that cannot be set up collects nothing, and 'heard check' says why
    return {
        source: frozenset(
            query.subject
            for query, found in zip(queries, compiled, strict=False)
            if any(note.loses for note in found.notes)
        )
        for source, _, compiled in sent
    }


def _strict(source: Source, subjects: Sequence[Subject]) -> frozenset[str]:
    """Subjects that need a companion at this source."""
    if source.relevance is Stance.REQUIRE_CONTEXT:
        return frozenset(one.id for one in subjects if one.context and one.context.any)
    return frozenset(one.id for one in subjects if one.context and one.context.any and one.context.required)


def subjects_named(
    source: Source, feeds: Sequence[str], subjects: Sequence[Subject], queries: Sequence[Query]
) -> frozenset[str]:
    """Subjects whose name or words stand in what the source is set up to read: a search, a feed made of one, a place.

    A subject's own pages are none of that: what stands there is its own text, which is not counted.
    """
    own = {domain.casefold() for subject in subjects for domain in subject.domains}
    said = [_plain(text) for text in (*_texts(source.options), *feeds) if not _is_at(text, own)]
    words = {query.subject: positive_terms(query.node) for query in queries}
    return frozenset(
        subject.id
        for subject in subjects
        if any(
            len(name) >= _SHORTEST and name in text
            for text in said
            for name in map(_plain, (subject.name, *(term.value for term in words.get(subject.id, ()))))
        )
    )


def _texts(options: Mapping[str, Any]) -> Iterator[str]:
    """What the options say of where is read, without paths, secrets and who is reading."""
    for key, value in options.items():
        if key in PATH_KEYS or key in _READER or key.endswith(("_file", "_env")):
            continue
        if isinstance(value, Mapping):
            yield from _texts(value)
        elif isinstance(value, str):
            yield value
        elif isinstance(value, list | tuple):
            yield from (str(part) for part in value)


def _is_at(text: str, domains: Iterable[str]) -> bool:
    host = host_of(text) or ""
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)


def _plain(text: str) -> str:
    """Letters and digits only, so that ``Velvet%20Crumb``, ``velvet-crumb`` and ``VelvetCrumb`` are one."""
    return "".join(filter(str.isalnum, text.replace("%20", " ").replace("%22", " ").casefold()))
