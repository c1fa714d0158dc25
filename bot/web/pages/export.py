"""An offer's events, days and codes as CSV files that are safe to open in a spreadsheet. Customers' hashes stay
here.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from bot.errors import ConfigError
from bot.offers.ledger.codes import tidy
from bot.spreadsheet import Cell, safe_rows
from bot.web.entry import heard_of
from bot.web.pages.desk import TENDS
from bot.web.problems import Problem

router = APIRouter(include_in_schema=False)

EVENTS = (
    "at", "event", "code", "placement", "reason", "door", "who", "order", "value", "currency", "new_customer",
    "after_leak", "told_at", "id", "refers_to",
)  # fmt: skip
DAYS = ("day", "redeemed", "refused", "given_back", "after_leak", "status", "mismatch")
CODES = ("code", "placement", "used")
_AT_ONCE = 500
"""Rows that are sent in one piece."""


@router.get("/desk/offers/{offer}/events.csv", dependencies=[TENDS])
def export_events(request: Request, offer: str) -> StreamingResponse:
    """Every event of an offer, oldest first, in local time."""
    zone = ZoneInfo(heard_of(request).settings.timezone)

    def local(moment: datetime | None) -> datetime | None:
        return None if moment is None else moment.astimezone(zone).replace(microsecond=0)

    try:
        events = heard_of(request).showing.events(offer)
    except ConfigError as error:
        raise Problem(404, str(error)) from error
    rows: Iterable[Sequence[Cell]] = (
        (
            local(event.at), str(event.kind), tidy(event.code), event.placement,
            None if event.reason is None else str(event.reason), None if event.door is None else str(event.door),
            event.actor, event.order, event.value, event.currency,
            None if event.new_customer is None else str(event.new_customer).lower(), "true" if leaked else "",
            local(event.told_at), event.id, event.refers_to,
        )
        for event, leaked in events
    )  # fmt: skip
    return _file(f"{offer}-events.csv", EVENTS, rows)


@router.get("/desk/offers/{offer}/days.csv", dependencies=[TENDS])
def export_days(request: Request, offer: str) -> StreamingResponse:
    """An offer's counts day by day."""
    try:
        days = heard_of(request).showing.days(offer)
    except ConfigError as error:
        raise Problem(404, str(error)) from error
    rows: Iterable[Sequence[Cell]] = (
        (day.day.isoformat(), day.redeemed, day.refused, day.given_back, day.leaked, str(day.status), day.mismatch)
        for day in days
    )
    return _file(f"{offer}-days.csv", DAYS, rows)


@router.get("/desk/offers/{offer}/codes.csv", dependencies=[TENDS])
def export_codes(request: Request, offer: str) -> StreamingResponse:
    """The unique codes of an offer, in the order of issue."""
    try:
        codes = heard_of(request).showing.codes(offer)
    except ConfigError as error:
        raise Problem(404, str(error)) from error
    rows: Iterable[Sequence[Cell]] = (
        (one.printed or tidy(one.code), one.placement, "yes" if one.used else "no") for one in codes
    )
    return _file(f"{offer}-codes.csv", CODES, rows)


def _file(name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> StreamingResponse:
    """A file that is sent as it is made; offers' ids are plain ASCII."""
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_lines(header, rows), media_type="text/csv; charset=utf-8", headers=disposition)


def _lines(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    yield "\N{BYTE ORDER MARK}".encode()  # Excel takes a file without it for something other than UTF-8
    piece: list[Sequence[str]] = [header]
    for row in safe_rows(rows):
        piece.append(row)
        if len(piece) >= _AT_ONCE:
            yield _written(piece)
            piece = []
    yield _written(piece)


def _written(rows: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()
