"""Lines of a list in which analytics, a CRM or a mail tool say what they counted, as observations. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.impact.funnel import ATTRIBUTION, ATTRIBUTIONS
from bot.model.observation import MARGIN, METRICS, MONEY, WHOLE, Metric, Observation
from bot.model.score import ReachBasis
from bot.model.value import is_currency

NEEDED = ("metric", "provider", "method", "value")
OPTIONAL = (
    "day",
    "start",
    "end",
    "low",
    "high",
    "basis",
    "campaign",
    "subject",
    "objective",
    "attribution",
    "version",
    "currency",
)
_SUBJECTS = ("campaign", "subject", "objective", "attribution")
"""Of what a figure is; one of them at most, and none: of everything that the provider counted."""
_OUR_OWN = {"redemptions": ": what a shop counts comes with heard import counts", "mentions": "", "score": ""}
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class SeriesReader:
    """Reads lines of one configuration: days begin in ``zone``; ``known`` are the ids of subjects and objectives."""

    zone: str
    now: datetime
    known: Mapping[str, frozenset[str]]

    def observation(self, row: Mapping[str, str]) -> Observation:
        """What a line says. Raises ValueError, in words, for one that cannot be used."""
        metric = METRICS.get(row["metric"].casefold())
        if metric is None:
            raise ValueError(
                f"'{row['metric'][:_LONGEST]}' is no metric that is registered; there are {', '.join(METRICS)}"
            )
        if metric.id in _OUR_OWN:
            raise ValueError(f"Heard counts {metric.id} itself{_OUR_OWN[metric.id]}")
        if not (row["provider"] and row["method"]):
            raise ValueError("a figure needs its provider and its method: who counted, and what")
        for text in row.values():
            if len(text) > _LONGEST or not text.isprintable():
                raise ValueError(f"a field has at most {_LONGEST} characters, all of which can be printed")
        unit = _unit(metric, row["currency"])
        start, end = self._window(row)
        number = amount if metric.id == MARGIN else counted
        value = None if not row["value"] else number(row["value"])
        return Observation(
            metric_id=metric.id,
            subject_id=self._subject(row),
            provider=row["provider"],
            method_id=row["method"],
            method_version=row["version"] or "1",
            unit=unit,
            window_start=start,
            window_end=end,
            tz=self.zone,
            value=value,
            low=None if value is None else number(row["low"] or row["value"]),
            high=None if value is None else number(row["high"] or row["value"]),
            basis=ReachBasis.UNKNOWN if value is None else _basis(row["basis"]),
            collected_at=self.now,
        )

    def _window(self, row: Mapping[str, str]) -> tuple[datetime, datetime]:
        if bool(row["day"]) is bool(row["start"] or row["end"]):
            raise ValueError(
                "say when: a day, or a start and an end (the first day or moment that is not in it any more)"
            )
        if row["day"]:
            day = _day(row["day"])
            start, end = self._midnight(day), self._midnight(day + timedelta(days=1))
        else:
            start, end = self._moment(row["start"]), self._moment(row["end"])
        if end <= start:
            raise ValueError(f"it ends at {row['end']}, before it began; the end is the first day that is not in it")
        if end > self.now:
            raise ValueError(f"{row['day'] or row['end']} is not over yet: its figure would change")
        return start, end

    def _moment(self, text: str) -> datetime:
        with suppress(ValueError):
            return self._midnight(_day(text))
        try:
            at = datetime.fromisoformat(text)
            return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(self.zone))
        except ValueError:
            raise ValueError(f"'{text}' is no time: write 2026-03-01 or 2026-03-01T08:00") from None

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(0), ZoneInfo(self.zone))

    def _subject(self, row: Mapping[str, str]) -> str:
        named = [name for name in _SUBJECTS if row[name]]
        if len(named) > 1:
            raise ValueError(f"a figure is of one thing: {' or '.join(named)}, not both")
        if not named:
            return WHOLE
        name, value = named[0], row[named[0]]
        if name in self.known and value not in self.known[name]:
            raise ValueError(
                f"{name} '{value}' is not configured (there is: {', '.join(sorted(self.known[name])) or 'none'})"
            )
        if name == "attribution":
            value = value.casefold().replace("-", "_")
            if value not in ATTRIBUTIONS:
                raise ValueError(f"attribution is {', '.join(ATTRIBUTIONS)}, not '{value}'")
            return f"{ATTRIBUTION}{value}"
        return f"{name}:{value}"


def _unit(metric: Metric, currency: str) -> str:
    """A metric's unit; of money, the currency of the line."""
    if metric.id in MONEY:
        if not is_currency(currency):
            raise ValueError(f"{metric.id} needs its currency, three capitals such as EUR, not '{currency}'")
        return currency
    if currency:
        raise ValueError(f"{metric.id} are counted in {metric.unit} and have no currency")
    return metric.unit


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"'{text}' is no day: write 2026-03-01") from None
    if not 1970 <= day.year < 9000:  # noqa: PLR2004 outside of it not every zone's midnight can be worked out
        raise ValueError(f"'{text}' is no day of our time")
    return day


def _basis(text: str) -> ReachBasis:
    allowed = [basis.value for basis in ReachBasis if basis is not ReachBasis.UNKNOWN]
    name = text.casefold() or ReachBasis.MEASURED.value
    if name not in allowed:
        raise ValueError(f"basis is {', '.join(allowed)}, not '{text}'")
    return ReachBasis(name)


def counted(text: str) -> float:
    """A figure that somebody counted, finite and 0 or more. Raises ValueError, in words, for what cannot be one."""
    number = amount(text)
    if number < 0:
        raise ValueError(f"{text} cannot be a count")
    return number


def amount(text: str) -> float:
    """A finite figure; a loss is below 0. Raises ValueError, in words, for what is none."""
    try:
        number = float(text)
    except ValueError:
        raise ValueError(f"'{text}' is no number; write 12345, without separators") from None
    if not math.isfinite(number):
        raise ValueError(f"{text} cannot be a count")
    return number
