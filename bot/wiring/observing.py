"""Figures that others measured, taken in from a list: views of own posts, which calibrate what is estimated."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.errors import ConfigError
from bot.listen.urls import canonical_url
from bot.model import METRICS, BadLine, Item, Observation, ReachBasis
from bot.ports import Clock
from bot.store.sqlite import SqliteStore
from config.settings import Settings

METRIC = METRICS["views"]
COLUMNS = ("item", "value", "provider", "method", "at")
"""What a list must have; ``low`` and ``high`` may be there too."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What became of a list: how many figures were new, ``corrected`` of them in place of earlier ones, known, bad."""

    new: int
    corrected: int
    known: int
    bad: tuple[BadLine, ...]


class Observing:
    """Observations of one configuration."""

    def __init__(self, settings: Settings, store: SqliteStore, clock: Clock) -> None:
        self._zone = settings.timezone
        self._store = store
        self._clock = clock

    def take_in(self, body: bytes) -> Observed:
        """Adds the measured views of a CSV list, each once, however often the list comes.

        Raises ConfigError when it is no such list.
        """
        rows = _rows(body)
        named = self._store.items_named(sorted({name for row in rows for name in _names(row["item"])}))
        good: list[Observation] = []
        bad: list[BadLine] = []
        for line, row in enumerate(rows, start=2):
            try:
                good += self._observations(row, named)
            except ValueError as error:
                bad.append(BadLine(line, str(error)))
        new, corrected = self._store.add_observations(good)
        return Observed(new, corrected, len(good) - new, tuple(bad))

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
                value=_number(row["value"]),
                low=_number(row["low"] or row["value"]),
                high=_number(row["high"] or row["value"]),
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


def _rows(body: bytes) -> list[dict[str, str]]:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"this is no list in UTF-8: {error}") from error
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""))
        heads = [(head or "").strip().casefold() for head in reader.fieldnames or ()]
        missing = [column for column in COLUMNS if column not in heads]
        if missing:
            raise ConfigError(
                f"the first line must name the columns {', '.join(COLUMNS)} (and may name low, high); "
                f"missing: {', '.join(missing)}"
            )
        reader.fieldnames = heads
        return [{column: (row.get(column) or "").strip() for column in (*COLUMNS, "low", "high")} for row in reader]
    except csv.Error as error:
        raise ConfigError(f"this is no CSV: {error}") from error


def _names(name: str) -> tuple[str, ...]:
    """What an item may be kept under: as it was written, and as an address in its one form."""
    address = canonical_url(name) if "//" in name else None
    same = (address, f"{address}/", address.replace("https://", "https://www.", 1)) if address else ()
    return tuple(dict.fromkeys((name, *filter(None, same))))


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise ValueError(f"'{text}' is no number; write 12345, without separators") from None
    if not math.isfinite(number) or number < 0:
        raise ValueError(f"{text} cannot be a count of views")
    return number
