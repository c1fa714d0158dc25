"""What a configuration says across its tables: ids that are named exist, and what ends does so after it began."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo

from bot.model import Stance
from bot.model.impact import SeriesKind, SeriesName
from bot.model.measure import measure_problems, target_problem
from bot.model.nearest import did_you_mean
from config.tables import ConfigFile
from config.values import in_zone

_TABLES = ("subject", "source", "message", "objective", "activity", "offer", "shop", "channel", "digest", "alert")

Named = tuple[str, str, Iterable[str | None], str]
"""Who names what: the owner and its key, the names, and the table that they must stand in."""


def problems(tables: ConfigFile) -> list[str]:
    """What does not hold together, each in a sentence."""
    known = {name: [row.id for row in getattr(tables, name)] for name in _TABLES}
    return [
        *_twice(known),
        *_ends(tables),
        *(line for named in _named(tables, known) for line in _missing(named, known)),
        *_circles(tables),
        *_leaks(tables),
        *_listening(tables),
        *_measures(tables, known),
    ]


def _twice(known: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for name, ids in known.items():
        for twice in sorted({one for one in ids if ids.count(one) > 1}):
            yield f"[[{name}]] id '{twice}' is used twice"


def _ends(tables: ConfigFile) -> Iterator[str]:
    zone = ZoneInfo(tables.heard.timezone)
    for offer in tables.offer:
        starts, ends = in_zone(offer.starts, zone), in_zone(offer.ends, zone)
        if starts and ends and ends <= starts:
            yield (
                f"[[offer]] '{offer.id}': ends ({offer.ends}) must be after starts ({offer.starts}); "
                "ends is the first day on which it is no longer valid"
            )
    for done in tables.activity:
        starts, ends = in_zone(done.from_, zone), in_zone(done.until, zone)
        if starts and ends and ends <= starts:
            yield f"[[activity]] '{done.id}': until ({done.until}) must be after from ({done.from_})"


def _named(tables: ConfigFile, known: Mapping[str, Sequence[str]]) -> Iterator[Named]:
    yield "[notices]", "channels", tables.notices.channels, "channel"
    for channel in tables.channel:
        yield f"[[channel]] '{channel.id}'", "otherwise", [channel.otherwise], "channel"
    for digest in tables.digest:
        yield f"[[digest]] '{digest.id}'", "channels", digest.channels, "channel"
    for alert in tables.alert:
        yield f"[[alert]] '{alert.id}'", "channels", alert.channels, "channel"
        yield f"[[alert]] '{alert.id}'", "subject", [alert.subject], "subject"
    for number, route in enumerate(tables.route, 1):
        owner = f"[[route]] {number}"
        yield owner, "channels", route.channels, "channel"
        yield owner, "alert", [route.alert], "alert"
        yield owner, "subject", [route.subject], "subject"
    for done in tables.activity:
        yield f"[[activity]] '{done.id}'", "objective", [done.objective], "objective"
        yield from _series(f"[[activity]] '{done.id}'", {"series": done.series, "control": done.control})
    if known["objective"]:
        for message in tables.message:
            yield f"[[message]] '{message.id}'", "objective", [message.objective], "objective"


def _series(owner: str, keys: Mapping[str, str | None]) -> Iterator[Named]:
    """The subject or the offer of each series that is named."""
    tables = {SeriesKind.STORIES: "subject", SeriesKind.REDEMPTIONS: "offer"}
    for key, written in keys.items():
        name = SeriesName.parse(written) if written else None
        if name and name.of and name.kind in tables:
            yield owner, key, [name.of], tables[name.kind]


def _missing(named: Named, known: Mapping[str, Sequence[str]]) -> Iterator[str]:
    owner, key, wanted, table = named
    allowed = ", ".join(known[table]) or "none is configured"
    for name in wanted:
        if name is not None and name not in known[table]:
            near = did_you_mean(name, known[table])
            yield f"{owner}: {key} names '{name}', but there is no [[{table}]] with that id (there is: {allowed}){near}"


def _circles(tables: ConfigFile) -> Iterator[str]:
    """Channels that would hand a letter round for ever."""
    onwards = {row.id: row.otherwise for row in tables.channel}
    told: set[str] = set()
    for start in list(onwards):
        seen, there = [start], onwards.get(start)
        while there is not None and there not in seen:
            seen.append(there)
            there = onwards.get(there)
        if there == start and start not in told:
            told.update(seen)
            way = " → ".join([*seen, start])
            yield f"[[channel]] '{start}': otherwise leads in a circle ({way}); the last channel of a way out has none"


def _leaks(tables: ConfigFile) -> Iterator[str]:
    of_leaks = [row.id for row in tables.alert if row.kind == "code-leak"]
    if len(of_leaks) > 1:
        yield f"[[alert]] '{of_leaks[1]}': leaks are told once, by one alert; '{of_leaks[0]}' is of that kind already"


def _listening(tables: ConfigFile) -> Iterator[str]:
    strict = [row.id for row in tables.source if Stance(row.relevance) is Stance.REQUIRE_CONTEXT]
    if strict and not any(row.context and row.context.any for row in tables.subject):
        yield (
            f"[[source]] '{strict[0]}': relevance = \"require-context\" needs a [[subject]] with companions: "
            '[subject.context] any = ["…"]'
        )
    if tables.source and not tables.subject:
        yield "there are sources but no [[subject]]: nothing would be kept. Add at least one subject"


def _measures(tables: ConfigFile, known: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """What objectives cannot be held against."""
    names = {name: tuple(known[name]) for name in ("subject", "source", "message", "offer")}
    for row in tables.objective:
        measure = {"metric": row.measure} if isinstance(row.measure, str) else row.measure or {}
        for problem in measure_problems(measure, names):
            yield f"[[objective]] '{row.id}': {problem}"
        for key, value in (("target", row.target), ("baseline", row.baseline)):
            if problem := target_problem(measure, value):
                yield f"[[objective]] '{row.id}': {key} = {value:g} {problem}"
