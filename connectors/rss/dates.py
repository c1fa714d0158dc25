"""Dates as feeds write them: read right, or not at all.

feedparser reads several shapes wrongly without a sign (``2026-02-03 10:00:00 UTC`` becomes midnight, Unix seconds
become the year 1770, ``CEST`` is dropped), so the raw text is read here. A date outside the last 20 years and the next
day is not believed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone

_EARLIEST = timedelta(days=20 * 365.25)
_LATEST = timedelta(days=1)
_OFFSET_LIMIT = timedelta(hours=24)

_MONTHS: dict[str, int] = {
    prefix: number
    for number, prefixes in enumerate(
        (
            # English, German, French, Spanish, Italian, Portuguese, Dutch, Swedish; longest match is tried first
            "jan ene gen jän",
            "feb fev fév",
            "mar mär mrt maa mars",
            "apr avr abr",
            "may mai maj mag mei mayo",
            "jun juin giu",
            "jul juil lug",
            "aug aoû aou ago",
            "sep set",
            "oct okt ott out",
            "nov",
            "dec dez déc dic",
        ),
        start=1,
    )
    for prefix in prefixes.split()
}

# Names are ambiguous; each stands for what most feeds mean by it (IST: India, BST: Britain, CST: North America).
_ZONES: dict[str, float] = {
    "": 0, "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 1, "bst": 1, "cet": 1, "met": 1, "mez": 1, "cest": 2,
    "mest": 2, "mesz": 2, "eet": 2, "eest": 3, "msk": 3, "ist": 5.5, "pkt": 5, "sgt": 8, "hkt": 8, "awst": 8, "jst": 9,
    "kst": 9, "acst": 9.5, "aest": 10, "acdt": 10.5, "aedt": 11, "nzst": 12, "nzdt": 13, "nst": -3.5, "ndt": -2.5,
    "ast": -4, "adt": -3, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
    "et": -5, "ct": -6, "mt": -7, "pt": -8, "akst": -9, "akdt": -8, "hst": -10, "brt": -3, "art": -3, "sast": 2,
}  # fmt: skip

_TIME = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?\s*(?P<half>[ap]\.?m\.?(?=\W|$))?"
_ZONE = r"(?P<zone>[^\s()]*)(?:\s*\([^)]*\))?"
_DAY_NAME = r"(?:[^\W\d]+\.?(?:,\s*|\s+))?"
_MONTH = r"(?P<month>[^\W\d]{3,})\.?"
_SHAPES = tuple(
    re.compile(rf"^{shape}\s*$", re.IGNORECASE)
    for shape in (
        # Tue, 03 Feb 2026 10:00:00 +0100
        rf"{_DAY_NAME}(?P<day>\d{{1,2}})\.?[\s-]+{_MONTH},?[\s-]+(?P<year>\d{{4}}|\d{{2}})(?:,?\s+{_TIME}\s*{_ZONE})?",
        # 2026-02-03 10:00:00 UTC, 2026/02/03 10:00
        rf"{_DAY_NAME}(?P<year>\d{{4}})[-/](?P<month>\d{{1,2}})[-/](?P<day>\d{{1,2}})(?:[T\s]+{_TIME}\s*{_ZONE})?",
        # Feb 3, 2026, 10:00 AM CET
        rf"{_DAY_NAME}{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})(?:,?\s+(?:at\s+)?{_TIME}\s*{_ZONE})?",
        # Tue Feb  3 10:00:00 UTC 2026
        rf"{_DAY_NAME}{_MONTH}\s+(?P<day>\d{{1,2}})\s+{_TIME}\s+(?:(?P<zone>[^\s\d]\S*)\s+)?(?P<year>\d{{4}})",
    )
)
_UNIX_SECONDS, _UNIX_MILLISECONDS, _DAY_DIGITS, _SECOND_DIGITS = 10, 13, 8, 14


def first_credible(raws: Iterable[str], now: datetime) -> datetime | None:
    """The first of the raw dates that can be read and believed, aware UTC."""
    for raw in raws:
        moment = read_date(raw)
        if moment is not None and now - _EARLIEST < moment < now + _LATEST:
            return moment
    return None


def read_date(raw: str) -> datetime | None:
    """The moment that a feed's date means, aware UTC; a date without a zone is taken as UTC. None when in doubt."""
    raw = raw.strip()
    if not raw or len(raw) > 80:  # noqa: PLR2004 longer than any date
        return None
    try:
        return _from_digits(raw) if raw.isdecimal() else _from_iso(raw) or _from_shapes(raw)
    except (ValueError, OverflowError):
        return None


def _from_digits(raw: str) -> datetime | None:
    match len(raw):
        case 8:
            return datetime.strptime(raw, "%Y%m%d").replace(tzinfo=UTC)
        case 14:
            return datetime.strptime(raw, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        case 10:
            return datetime.fromtimestamp(int(raw), UTC)
        case 13:
            return datetime.fromtimestamp(int(raw) / 1000, UTC)
    return None


def _from_iso(raw: str) -> datetime | None:
    if not raw[:4].isdecimal():
        return None
    try:
        moment = datetime.fromisoformat(raw)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _from_shapes(raw: str) -> datetime | None:
    for shape in _SHAPES:
        found = shape.match(raw)
        if found:
            return _build(found.groupdict())
    return None


def _build(parts: dict[str, str | None]) -> datetime | None:
    month, offset = _month(parts["month"] or ""), _offset(parts.get("zone") or "")
    if month is None or offset is None:
        return None
    year, hour = int(parts["year"] or 0), int(parts["hour"] or 0)
    if year < 100:  # noqa: PLR2004 two digits: RFC 822 of 1982
        year += 2000 if year < 70 else 1900  # noqa: PLR2004 the usual pivot
    if parts["half"]:
        hour = hour % 12 + (12 if parts["half"].lower().startswith("p") else 0)
    # a leap second, or 24:00: carried over by the addition
    extra = timedelta(hours=hour, minutes=int(parts["minute"] or 0), seconds=int(parts["second"] or 0))
    if extra > timedelta(days=1):
        return None
    return (datetime(year, month, int(parts["day"] or 0), tzinfo=timezone(offset)) + extra).astimezone(UTC)


def _month(name: str) -> int | None:
    if name.isdecimal():
        return int(name)
    name = name.lower()
    return _MONTHS.get(name[:4]) or _MONTHS.get(name[:3])


def _offset(zone: str) -> timedelta | None:
    zone = zone.lower().removeprefix("etc/").strip(".")
    if zone in _ZONES:
        return timedelta(hours=_ZONES[zone])
    found = re.fullmatch(r"(?:gmt|utc)?([+-])(\d{1,2}):?(\d{2})?", zone)
    if not found:
        return None
    offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    if offset >= _OFFSET_LIMIT:
        return None
    return -offset if found[1] == "-" else offset
