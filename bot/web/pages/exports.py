"""Exports for people: what is asked for as a file, and a digest as PDF. Whose terms cap it is counted for the
account.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import StreamingResponse

from bot.digest.sending.windows import start_of_day
from bot.errors import ConfigError
from bot.export.write import MEDIA_TYPES, Format
from bot.model.access import Caller, Scope
from bot.web.entry import NOT_YOURS, csrf, heard_of, signed_in
from bot.web.pages.desk import TENDERS
from bot.web.problems import Problem
from bot.web.rendering import go_on, render
from bot.wiring.export.exporting import Wanted, What, digest_pdf
from bot.wiring.export.terms import X_POSTS_A_DAY

router = APIRouter(include_in_schema=False)

Reader = Annotated[Caller, Depends(signed_in(Scope.READ))]
Word = Annotated[str, Form(max_length=200)]
DIGESTS = 10
"""Digests whose PDF the page offers; each one's own address is for the others."""
FORMS = {Format.XLSX: "Excel", Format.CSV: "CSV", Format.JSONL: "JSON Lines", Format.PARQUET: "Parquet"}
"""The forms by the names that people know them by, the most wanted first."""
_PIECE = 64 * 1024
_LATEST = date(8999, 12, 31)


@router.get("/exports")
def show_exports(request: Request, caller: Reader) -> Response:
    """What there is, in which form, and how many posts on X the account has left today."""
    heard = heard_of(request)
    return render(
        request,
        "exports.html.j2",
        tables=[what for what in What if _may(caller, what)],
        forms=FORMS,
        subjects=heard.settings.subjects,
        sources=heard.settings.sources,
        digests=[digest for digest, _ in heard.store.digests(DIGESTS)],
        left=X_POSTS_A_DAY - heard.exporting.terms.taken(caller.id, heard.clock.now()),
        cap=X_POSTS_A_DAY,
    )


@router.post("/exports", dependencies=[Depends(csrf)])
def give_export(
    request: Request,
    caller: Reader,
    *,
    what: Word = "",
    form: Word = "",
    subject: Word = "",
    source: Word = "",
    since: Word = "",
    until: Word = "",
    x_texts: Word = "",
) -> Response:
    """The file. It is made whole before the first byte goes out, so that what is wrong can still be said."""
    heard = heard_of(request)
    try:
        table, kind = What(what), Format(form)
        first, last = _day(since), _day(until)
    except ValueError:
        return go_on(request, "/exports", "Nothing was exported: choose what, in which form, and days like 2026-11-21.")
    if not _may(caller, table):
        raise Problem(403, NOT_YOURS)
    if table is What.WORKBOOK:
        kind = Format.XLSX
    wanted = Wanted(
        subject=subject or None,
        source=source or None,
        since=_start(first, heard.settings.timezone),
        until=_start(last + timedelta(days=1) if last else None, heard.settings.timezone),
        ledger=_may(caller, What.REDEMPTIONS),
    )
    with TemporaryDirectory(prefix="heard-export-") as folder:
        path = Path(folder, f"export.{kind}")
        try:
            heard.exporting.write(table, wanted, kind, path, account=caller.id if x_texts else None, tell=_quiet)
        except ConfigError as error:
            return go_on(request, "/exports", f"Nothing was exported: {error}.")
        file = path.open("rb")  # it stays readable when its folder is gone, and goes with the answer
    name = f"heard-{table}-{heard.clock.now():%Y-%m-%d}.{kind}"
    return _file(StreamingResponse(_pieces(file), media_type=MEDIA_TYPES[kind]), name)


@router.get("/exports/digests/{digest}.pdf", dependencies=[Depends(signed_in(Scope.READ))])
def give_digest(request: Request, digest: str) -> Response:
    """A digest that was sent, on paper."""
    found = heard_of(request).store.digest(digest)
    if found is None:
        raise Problem(404, "There is no such digest.")
    try:
        content = digest_pdf(found.body, found.created_at)
    except ConfigError as error:
        raise Problem(501, str(error)) from error
    return _file(Response(content, media_type="application/pdf"), f"heard-{found.id}.pdf")


def _may(caller: Caller, what: What) -> bool:
    """The ledger is for those who look after offers, as on the desk: it names codes, orders and who redeemed them."""
    return what is not What.REDEMPTIONS or caller.role in TENDERS


def _file(answer: Response, name: str) -> Response:
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece


def _day(text: str) -> date | None:
    """The day; None for an empty field. Raises ValueError for what is none."""
    if not text:
        return None
    day = date.fromisoformat(text)
    if not date(1970, 1, 1) <= day < _LATEST:
        raise ValueError(text)
    return day


def _start(day: date | None, zone: str) -> datetime | None:
    return None if day is None else start_of_day(day, zone)


def _quiet(_number: int) -> None:
    """Nobody watches how far it is."""
