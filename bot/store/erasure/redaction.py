"""Takes what belongs to erased items out of what was composed from them: the bodies of digests, alerts and notices.
Pure.

A row that stands for an erased mention loses its headline, its quote, its address and its author; a row that stands for
another stays as it is. In what belongs to no mention (a subject line, a notice's paragraphs), addresses, handles and
every run of words that the erased text had too are replaced. Numbers stay, and so does what Heard's own desk has
written.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from bot.model.keeping import GONE

RUN = 20
"""Characters in a row that a text and a line share by no accident; what is shorter is looked for as a whole."""
_SHORTEST = 4

_OWNERS = ("lead", "mention")
_NAMED = re.compile(rf'"(?:{"|".join(_OWNERS)})": ?"([^"]+)"')
_WORDS = frozenset({"headline", "text", "quote"})
_LOST = frozenset({"url", "author"})
_OURS = frozenset({
    *("statement", "message", "brand", "title", "name", "digest", "report", "subject", "alert", "rule", "code", "kind"),
    *("decision_rule", "owner", "campaign", "offer", "objective", "evidence", "addresses"),
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """What erased items left behind: their mentions' ids, their texts and quotes, their addresses, who spoke.

    ``speakers`` are mentions whose author alone is to go. ``handles`` are looked for as people are addressed
    (``@handle``, ``u/handle``), ``names`` as they stand.
    """

    mentions: frozenset[str] = frozenset()
    speakers: frozenset[str] = frozenset()
    texts: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


def mentions_in(value: Any) -> set[str]:
    """Every mention that the rows of a body stand for."""
    match value:
        case dict():
            own = {value[name] for name in _OWNERS if isinstance(value.get(name), str)}
            return own.union(*map(mentions_in, value.values()))
        case list() | tuple():
            return set().union(*map(mentions_in, value))
    return set()


def mentions_named(stored: str) -> set[str]:
    """The same of a body as it is stored, without taking it apart: many are looked through for each erasure."""
    return set(_NAMED.findall(stored))


class Redactor:
    """Replaces the traces of erased items by ``word``.

    ``names`` False: people are looked for only as they are addressed; for what is full of names of ours.
    """

    def __init__(self, traces: Traces, word: str, *, names: bool = True) -> None:
        self._traces = traces
        self._with_names = names
        self._mentions = traces.mentions
        self._speakers = traces.speakers
        self._texts = tuple(filter(None, (_line(text) for text in traces.texts)))
        self._addresses = traces.addresses
        self._handles = _longest_first(traces.handles, least=1)
        self._names = _longest_first(traces.names, least=_SHORTEST - 1) if names else []
        self._word = word

    def knowing(self, body: Mapping[str, Any]) -> Redactor:
        """The same, that also knows what this body's rows say of erased items: an item may have been edited since then,
        and who said it may have another name.
        """
        words, addresses = _told(body, self._mentions, _WORDS), _told(body, self._mentions, {"url"})
        authors = {one.removeprefix("@") for one in _told(body, self._mentions | self._speakers, {"author"})}
        traces = replace(
            self._traces,
            texts=_with(self._traces.texts, (text for text in words if text not in GONE.values())),
            addresses=_with(self._traces.addresses, addresses),
            handles=_with(self._traces.handles, authors),
            names=_with(self._traces.names, authors),
        )
        return self if traces == self._traces else Redactor(traces, self._word, names=self._with_names)

    def body(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The body without them."""
        ours = tuple(_texts_of(body, under_ours=False))
        return {key: self._value(key, value, ours) for key, value in body.items()}

    def line(self, line: str, ours: tuple[str, ...] = ()) -> str:
        """One line of words without them; a run that ``ours``, what the desk has written, holds too is left."""
        found = line if self._whole is None else self._whole.sub(self._word, line)
        if self._name is not None:
            found = self._name.sub(lambda hit: hit[0] if _in(hit[0], ours) else self._word, found)
        return self._without_runs(found, ours)

    @cached_property
    def _whole(self) -> re.Pattern[str] | None:
        short = [text for text in self._texts if len(text) < RUN]
        return _any_of(_longest_first([*self._addresses, *short], least=_SHORTEST))

    @cached_property
    def _runs(self) -> frozenset[str]:
        return frozenset(text[start : start + RUN] for text in self._texts for start in range(len(text) - RUN + 1))

    @cached_property
    def _name(self) -> re.Pattern[str] | None:
        found = []
        if self._handles:
            found.append(rf"(?:@|\bu/)(?:{'|'.join(map(re.escape, self._handles))})")
        if self._names:
            found.append(f"(?:{'|'.join(map(re.escape, self._names))})")
        return re.compile(rf"(?<!\w)(?:{'|'.join(found)})(?!\w)", re.IGNORECASE) if found else None

    def _value(self, key: str, value: Any, ours: tuple[str, ...]) -> Any:
        match value:
            case str() if key not in _OURS:
                return self.line(value, ours)
            case dict():
                return self._row(key, value, ours)
            case list():
                return [self._value(key, one, ours) for one in value]
        return value

    def _row(self, key: str, row: Mapping[str, Any], ours: tuple[str, ...]) -> Any:
        owner = next((row[name] for name in _OWNERS if isinstance(row.get(name), str)), None)
        if owner in self._mentions:
            return None if key == "quote" else {name: self._lost(name, value, ours) for name, value in row.items()}
        if owner in self._speakers:
            return {name: self._unspoken(name, value, ours) for name, value in row.items()}
        if owner is None:
            return {name: self._value(name, value, ours) for name, value in row.items()}
        # Somebody else's words, which may be the same: only rows within it may be those of an erased mention.
        return {name: self._value(name, value, ours) if isinstance(value, dict | list) else value
                for name, value in row.items()}  # fmt: skip

    def _lost(self, name: str, value: Any, ours: tuple[str, ...]) -> Any:
        if name in _LOST:
            return None
        if name in _WORDS and not isinstance(value, dict | None):
            return self._word
        return self._value(name, value, ours)

    def _unspoken(self, name: str, value: Any, ours: tuple[str, ...]) -> Any:
        if name == "author":
            return None
        if name == "url":
            return value if value is None or self.line(value) == value else None
        return self._value(name, value, ours) if isinstance(value, dict | list) else value

    def _without_runs(self, line: str, ours: tuple[str, ...]) -> str:
        parts, kept, start = [], 0, 0
        while start + RUN <= len(line):
            if line[start : start + RUN] not in self._runs:
                start += 1
                continue
            end = start + RUN
            while end < len(line) and line[end - RUN + 1 : end + 1] in self._runs:
                end += 1
            if not _in(line[start:end], ours):
                parts += [line[kept:start], self._word]
                kept = end
            start = end
        return "".join([*parts, line[kept:]]) if parts else line


def _told(value: Any, mentions: frozenset[str], names: Collection[str]) -> Iterable[str]:
    """What stands under these names in the rows of these mentions."""
    match value:
        case dict():
            if any(value.get(name) in mentions for name in _OWNERS if isinstance(value.get(name), str)):
                yield from (value[name] for name in names if isinstance(value.get(name), str))
            for one in value.values():
                yield from _told(one, mentions, names)
        case list():
            for one in value:
                yield from _told(one, mentions, names)


def _with(known: tuple[str, ...], more: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*known, *more]))


def _any_of(wholes: Sequence[str]) -> re.Pattern[str] | None:
    """Finds these where they end: an address that goes on is another one."""
    return re.compile(rf"(?:{'|'.join(map(re.escape, wholes))})(?![\w/?#=&%~-])") if wholes else None


def _line(text: str) -> str:
    """Like every line that is composed: on one line, single spaces."""
    return " ".join(text.split())


def _longest_first(texts: Iterable[str], *, least: int) -> list[str]:
    return sorted({text for text in texts if len(text) >= least}, key=lambda text: (-len(text), text))


def _in(run: str, ours: tuple[str, ...]) -> bool:
    folded = run.strip().removeprefix("@").casefold()
    return any(folded in one.casefold() for one in ours)


def _texts_of(value: Any, *, under_ours: bool) -> Iterable[str]:
    """What the desk has written, wherever it stands in a body."""
    match value:
        case str() if under_ours:
            yield value
        case dict():
            for key, one in value.items():
                yield from _texts_of(one, under_ours=key in _OURS)
        case list():
            for one in value:
                yield from _texts_of(one, under_ours=under_ours)
