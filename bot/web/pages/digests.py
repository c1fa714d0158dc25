"""Digests as pages: which were written, how their letters stand, and each one as it was told."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from bot.charts.picture import to_svg
from bot.charts.reading import draw_chart, read_chart
from bot.charts.theme import theme_of
from bot.digest.forms.layout import lay_out
from bot.model import Delivery, DeliveryState, Digest
from bot.model.access import Scope
from bot.web.api.cursor import read_cursor, write_cursor
from bot.web.entry import heard_of, signed_in
from bot.web.problems import Problem
from bot.web.rendering import render

router = APIRouter(include_in_schema=False)

READS = Depends(signed_in(Scope.READ))
SHOWN = 30
NO_DIGEST = "There is no such digest."
STATES: Mapping[DeliveryState, str] = {
    DeliveryState.SENT: "sent",
    DeliveryState.PENDING: "waiting",
    DeliveryState.SENDING: "on its way",
    DeliveryState.IN_DOUBT: "in doubt, once more",
    DeliveryState.HELD: "held since a restore",
    DeliveryState.FAILED: "failed",
}
"""How a delivery stands, best first."""


@router.get("/digests", dependencies=[READS])
def show_digests(request: Request, after: Annotated[str | None, Query(max_length=400)] = None) -> Response:
    """What was told, newest first."""
    place = read_cursor(after or None, str)
    rows = heard_of(request).store.digests(SHOWN + 1, after=place[0] if place else None)
    shown = rows[:SHOWN]
    return render(
        request,
        "digests.html.j2",
        rows=[(digest, _states(deliveries)) for digest, deliveries in shown],
        following=write_cursor(shown[-1][0].id) if len(rows) > SHOWN else None,
        first=not after,
        reports=heard_of(request).settings.reports,
    )


@router.get("/digests/{digest}", dependencies=[READS])
def show_digest(request: Request, digest: str) -> Response:
    """One digest as it was told, and to which channels it went."""
    found = _digest(request, digest)
    return render(
        request,
        "digest.html.j2",
        digest=found,
        page=lay_out(found.body),
        local_path=lambda url: _local(request, url),
        shares=_shares,
        charts=frozenset(chart["name"] for chart in _charts(found)),
    )


@router.get("/digests/{digest}/charts/{name}.svg", dependencies=[READS])
def show_chart(request: Request, digest: str, name: str, theme: str = "light", narrow: bool = False) -> Response:
    """A chart of a digest as a picture, for light or dark pages, wide or narrow."""
    found = next((chart for chart in _charts(_digest(request, digest)) if chart["name"] == name), None)
    drawn = None if found is None else _picture(json.dumps(found, sort_keys=True), theme, narrow)
    if drawn is None:
        raise Problem(404, "There is no such chart.")
    return Response(drawn, media_type="image/svg+xml")


def _digest(request: Request, digest_id: str) -> Digest:
    found = heard_of(request).store.digest(digest_id)
    if found is None:
        raise Problem(404, NO_DIGEST)
    return found


def _charts(digest: Digest) -> Sequence[Mapping[str, Any]]:
    charts: Sequence[Mapping[str, Any]] = digest.body.get("charts") or ()
    return charts


@lru_cache(maxsize=64)
def _picture(data: str, theme: str, narrow: bool) -> str | None:
    chart = read_chart(json.loads(data))
    return None if chart is None else to_svg(draw_chart(chart, theme_of(theme, narrow=narrow)))


def _states(deliveries: Sequence[Delivery]) -> Sequence[tuple[str, str, int]]:
    """How many deliveries stand how, in words; whom they went to is not told."""
    counts = Counter(delivery.state for delivery in deliveries)
    return [(state.value, words, counts[state]) for state, words in STATES.items() if counts[state]]


def _local(request: Request, url: str | None) -> str | None:
    """An address of ours as a path, so that the reader stays signed in under the name that they came by."""
    public = (heard_of(request).settings.public_url or "").rstrip("/")
    return url.removeprefix(public) if url and public and url.startswith(f"{public}/") else url


def _shares(shares: Sequence[tuple[str, int]]) -> Sequence[tuple[str, int]]:
    """The parts of a bar, those of nothing left out."""
    return [(word, number) for word, number in shares if number]
