"""Figures that others measured, taken in from a list: views of own posts, which calibrate what is estimated, and what
analytics, a CRM or a mail tool count over time.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.errors import ConfigError
from bot.impact.observed_series import NEEDED, OPTIONAL, SeriesReader, counted
from bot.listen.urls import canonical_url
from bot.model import METRICS, BadLine, Item, Observation, ReachBasis
from bot.ports import Clock
from bot.store.verbs import HeardStore
from config.settings import Settings

METRIC = METRICS["views"]
COLUMNS = ("item", "value", "provider", "method", "at")
"""What a list of views must have; ``low`` and ``high`` may be there too."""
MAYBE = ("low", "high")


@dataclass(frozen=True, slots=True)
class Observed:
    """What became of a list: how many figures were new, ``corrected`` of them in place of earlier ones, known, bad."""

    new: int
    corrected: int
    known: int
    bad: tuple[BadLine, ...]


class Observing:
    """Observations of one configuration."""

    def __init__(self, settings: Settings, store: HeardStore, clock: Clock) -> None:
        self._zone = settings.timezone
        self._known = {
            "subject": frozenset(row.id for row in settings.subjects),
            "objective": frozenset(row.id for row in settings.objectives),
        }
        self._store = store
        self._clock = clock

    def take_in(self, body: bytes) -> Observed:
        """Adds the figures of a CSV list, each once, however often the list comes: measured views, one line an item;
        or, where there is a column ``metric``, what a provider counted over a day or a stretch. Of two lines for the
        same the later one holds, so that the same list once more changes nothing.

        Raises ConfigError when it is no such list.
        """
        heads, rows = _rows(body)
        good, bad = self._series(rows) if "metric" in heads else self._views(rows)
        last = {_counted(one): one for one in good}
        new, corrected = self._store.add_observations(tuple(last.values()))
        return Observed(new, corrected, len(good) - new, tuple(bad))

    def _series(self, rows: Sequence[Mapping[str, str]]) -> tuple[list[Observation], list[BadLine]]:
        reader = SeriesReader(self._zone, self._clock.now(), self._known)
        good: list[Observation] = []
        bad: list[BadLine] = []
        for line, row in enumerate(rows, start=2):
            try:
                good.append(reader.observation(row))
            except ValueError as error:
                bad.append(BadLine(line, str(error)))
        return good, bad

    def _views(self, rows: Sequence[Mapping[str, str]]) -> tuple[list[Observation], list[BadLine]]:
        named = self._store.items_named(sorted({name for row in rows for name in _names(row["item"])}))
        good: list[Observation] = []
        bad: list[BadLine] = []
        for line, row in enumerate(rows, start=2):
            try:
                good += self._observations(row, named)
            except ValueError as error:
                bad.append(BadLine(line, str(error)))
        return good, bad

    def _observations(self, row: Mapping[str, str], named: Mapping[str, Sequence[Item]]) -> Iterator[Observation]:
        """One observation an item of that name. Raises ValueError, in words, for a line that cannot be used."""
        items = next((named[name] for name in _names(row["item"]) if name in named), ())
        if not items:
            raise ValueError(f"'{row['item']}' is no mention's id, and nothing that is kept has this address")
        if not (row["provider"] and row["method"]):
            raise ValueError("a figure needs its provider and its method: who counted, and what")
        at = self._moment(row["at"])
        for item in items:
            if item.published_at is not None and at < item.published_at:
                raise ValueError(f"it was counted at {row['at']}, before the piece was published")
            yield Observation(
                metric_id=METRIC.id,
                subject_id=item.key,
                provider=row["provider"],
                method_id=row["method"],
                method_version="1",
                unit=METRIC.unit,
                window_start=item.published_at or at,
                window_end=at,
                tz=self._zone,
                value=counted(row["value"]),
                low=counted(row["low"] or row["value"]),
                high=counted(row["high"] or row["value"]),
                basis=ReachBasis.MEASURED,
                collected_at=self._clock.now(),
                raw_ref=row["item"],
            )

    def _moment(self, text: str) -> datetime:
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(f"'{text}' is no time: write 2026-03-01 or 2026-03-01T08:00") from None
        at = at.replace(tzinfo=ZoneInfo(self._zone)) if at.tzinfo is None else at
        if at > self._clock.now():
            raise ValueError(f"it was counted at {text}, which is yet to come")
        return at


def _rows(body: bytes) -> tuple[Sequence[str], list[dict[str, str]]]:
    """The columns that the first line names, and a row a line. Raises ConfigError for what is no such list."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"this is no list in UTF-8: {error}") from error
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""))
        heads = [(head or "").strip().casefold() for head in reader.fieldnames or ()]
        needed, more = (NEEDED, OPTIONAL) if "metric" in heads else (COLUMNS, MAYBE)
        missing = [column for column in needed if column not in heads]
        if missing:
            raise ConfigError(
                f"the first line must name the columns {', '.join(needed)} (and may name {', '.join(more)}); "
                f"missing: {', '.join(missing)}"
            )
        reader.fieldnames = heads
        return heads, [{column: (row.get(column) or "").strip() for column in (*needed, *more)} for row in reader]
    except csv.Error as error:
        raise ConfigError(f"this is no CSV: {error}") from error


def _counted(one: Observation) -> tuple[object, ...]:
    """What an observation is a count of: two of the same correct each other."""
    start = None if one.metric_id == METRIC.id else one.window_start  # views count since publication, whenever learned
    who = one.provider, one.method_id, one.method_version
    return one.metric_id, one.subject_id, one.unit, *who, start, one.window_end


def _names(name: str) -> tuple[str, ...]:
    """What an item may be kept under: as it was written, and as an address in its one form."""
    address = canonical_url(name) if "//" in name else None
    same = (address, f"{address}/", address.replace("https://", "https://www.", 1)) if address else ()
    return tuple(dict.fromkeys((name, *filter(None, same))))
