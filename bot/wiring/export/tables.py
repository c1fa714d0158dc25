"""The smaller tables of an export: messages, redemptions, offers, digests and observations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from bot.digest.sending.windows import days_in
from bot.export.table import Column, Kind, Row, Table
from bot.model import (
    Delivery,
    DeliveryState,
    Digest,
    MessageStanding,
    Observation,
    OfferCount,
    OfferEvent,
)
from bot.offers.ledger.codes import tidy
from bot.store.verbs import HeardStore

_T, _N, _I = Kind.TEXT, Kind.NUMBER, Kind.INTEGER
_PAGE = 50

MESSAGES = (
    Column("message", _T, "The key message's id.", 18),
    Column("statement", _T, "What it says.", 60),
    Column("from", Kind.TIME, "Where the period begins.", 17),
    Column("until", Kind.TIME, "Where it ends; that moment is no part of it.", 17),
    Column("stories", _I, "Stories by others about your own subjects that were coded.", 9),
    Column("carried", _I, "Stories that carry it in full.", 9),
    Column("partly", _I, "Stories that carry a part of it.", 9),
    Column("misframed", _I, "Stories that turn it.", 10),
    Column("contradicted", _I, "Stories that say the opposite.", 12),
    Column("penetration", _N, "Share of stories that carry it, 0 … 1; empty: too few stories to say.", 12),
    Column("penetration_low", _N, "The low end of the 95 % interval.", 12),
    Column("penetration_high", _N, "The high end of the 95 % interval.", 12),
    Column("net_pull_through", _N, "What carries it less what goes against it, -1 … 1.", 12),
    Column("net_low", _N, "The low end of the 95 % interval.", 12),
    Column("net_high", _N, "The high end of the 95 % interval.", 12),
    Column("corrected", Kind.FLAG, "Whether people's labels corrected the shares.", 10),
    Column("labels", _I, "Stories of the random sample that people labelled.", 8),
    Column("basis", _T, "What the figures rest on, in words.", 40),
    Column("verdict", _T, "What it comes to, in words.", 50),
)
REDEMPTIONS = (
    Column("at", Kind.TIME, "When it happened.", 17),
    Column("event", _T, "redeemed, refused, rolled_back, reserved …: the ledger's own words.", 12),
    Column("offer", _T, "The offer's id; empty: nobody's code.", 16),
    Column("code", _T, "The code, tidied.", 18),
    Column("placement", _T, "Where it was redeemed; empty: nobody said.", 14),
    Column("reason", _T, "Why it was refused.", 16),
    Column("door", _T, "Where the claim came in: till, api, file, a shop …", 12),
    Column("who", _T, "The account or key that asked.", 16),
    Column("order", _T, "The order that it went with.", 14),
    Column("value", Kind.MONEY, "The order's value; empty: not told.", 10),
    Column("currency", _T, "ISO 4217 code of the value.", 9),
    Column("new_customer", Kind.FLAG, "Whether the customer was new; empty: not told.", 12),
    Column("after_leak", Kind.FLAG, "Whether the code had leaked before.", 10),
    Column("told_at", Kind.TIME, "When it was written down.", 17),
    Column("id", _T, "The event's id.", 24),
    Column("refers_to", _T, "The redemption or reservation that it is about.", 24),
)
OFFERS = (
    Column("offer", _T, "The offer's id.", 16),
    Column("name", _T, "Its name.", 28),
    Column("placement", _T, "Where; empty: all places together.", 14),
    Column("kind", _T, "code-phrase or unique-codes.", 13),
    Column("today", _I, "Redeemed today.", 9),
    Column("this_week", _I, "Redeemed this week.", 9),
    Column("total", _I, "Redeemed in all, less what was given back.", 9),
    Column("refused", _I, "Refused.", 9),
    Column("given_back", _I, "Redeemed and given back.", 10),
    Column("cap_remaining", _I, "How many may still be redeemed; empty: no cap.", 12),
    Column("status", _T, "final, provisional or mismatch.", 12),
    Column("per_day", _N, "Redemptions a day; empty: nobody said when it began.", 9),
    Column("low", _N, "The low end of its 95 % interval.", 9),
    Column("high", _N, "The high end of its 95 % interval.", 9),
    Column("verdict", _T, "What it comes to, in words.", 40),
)
DIGESTS = (
    Column("digest", _T, "The digest's id.", 22),
    Column("report", _T, "The configured digest that it is one of.", 16),
    Column("audience", _T, "Whom it was written for.", 12),
    Column("first_day", Kind.DAY, "The first local day that it covers.", 12),
    Column("last_day", Kind.DAY, "The last local day that it covers.", 12),
    Column("subject_line", _T, "The line that stood in the mail programs.", 70),
    Column("verdict", _T, "Its first sentence.", 70),
    Column("mentions", _I, "Mentions that it told, those that came late with them.", 10),
    Column("written_at", Kind.TIME, "When it was written.", 17),
    Column("sent", _I, "Letters that were sent.", 8),
    Column("waiting", _I, "Letters that wait or are in doubt.", 8),
    Column("failed", _I, "Letters that were given up.", 8),
)
OBSERVATIONS = (
    Column("id", _I, "The observation's number.", 8),
    Column("metric", _T, "What was counted.", 14),
    Column("subject", _T, "Of what.", 24),
    Column("provider", _T, "Who counted; figures of two providers are never added.", 18),
    Column("method", _T, "How, by the provider's name for it.", 18),
    Column("method_version", _T, "Which version of that.", 10),
    Column("unit", _T, "In which unit.", 14),
    Column("from", Kind.TIME, "Where the window begins.", 17),
    Column("until", Kind.TIME, "Where it ends; that moment is no part of it.", 17),
    Column("value", _N, "The figure; empty: not known.", 12),
    Column("low", _N, "The low end of its band.", 12),
    Column("high", _N, "The high end of its band.", 12),
    Column("basis", _T, "measured, platform_reported, estimated, potential or unknown.", 18),
    Column("collected_at", Kind.TIME, "When it was brought.", 17),
    Column("reference", _T, "Where in the provider's data it stands.", 24),
)


def messages_table(standings: Iterable[MessageStanding]) -> Table:
    """Each key message over the period."""
    rows = [
        (
            one.message, one.statement, one.period.start, one.period.end, one.relevant, one.full, one.partial,
            one.misframed, one.contrary, one.penetration, one.penetration_low, one.penetration_high,
            one.net_pull_through, one.low, one.high, one.corrected, one.labels, one.basis, one.verdict,
        )
        for one in standings
    ]  # fmt: skip
    return Table("messages", "Messages", MESSAGES, rows)


def redemptions_table(events: Iterable[OfferEvent], after_leak: Callable[[OfferEvent], bool]) -> Table:
    """The ledger, event by event; customers' hashes stay here."""
    rows = (
        (
            event.at, str(event.kind), event.offer or None, tidy(event.code) or None, event.placement,
            _word(event.reason), _word(event.door), event.actor, event.order, event.value, event.currency,
            event.new_customer, after_leak(event), event.told_at, event.id, event.refers_to,
        )
        for event in events
    )  # fmt: skip
    return Table("redemptions", "Redemptions", REDEMPTIONS, rows)


def offers_table(counts: Iterable[OfferCount]) -> Table:
    """Each offer, and each of its placements, as it stands now."""
    rows = [
        (
            one.offer, one.name, one.placement, str(one.kind), one.today, one.this_week, one.total, one.refused,
            one.rolled_back, one.cap_remaining, str(one.status), one.per_day, one.low, one.high, one.verdict,
        )
        for one in counts
    ]  # fmt: skip
    return Table("offers", "Offers", OFFERS, rows)


def digests_table(store: HeardStore, wanted: Callable[[Digest], bool]) -> Table:
    """Digests that were written, newest first."""
    rows = (_digest_row(digest, deliveries) for digest, deliveries in _all_digests(store) if wanted(digest))
    return Table("digests", "Digests", DIGESTS, rows)


def observations_table(observations: Iterable[Observation]) -> Table:
    """Figures that others measured, each with who measured it and how."""
    rows = [
        (
            one.id, one.metric_id, one.subject_id, one.provider, one.method_id, one.method_version, one.unit,
            one.window_start, one.window_end, one.value, one.low, one.high, str(one.basis), one.collected_at,
            one.raw_ref or None,
        )
        for one in observations
    ]  # fmt: skip
    return Table("observations", "Observations", OBSERVATIONS, rows)


def _all_digests(store: HeardStore) -> Iterator[tuple[Digest, tuple[Delivery, ...]]]:
    after = None
    while page := store.digests(_PAGE, after):
        yield from page
        after = page[-1][0].id


def _digest_row(digest: Digest, deliveries: tuple[Delivery, ...]) -> Row:
    states = [delivery.state for delivery in deliveries]
    sent, failed = states.count(DeliveryState.SENT), states.count(DeliveryState.FAILED)
    first, last = days_in(digest.window)
    return (
        digest.id, digest.report, str(digest.audience), first, last,
        digest.subject_line, digest.body.get("verdict"), len(digest.mentions), digest.created_at,
        sent, len(states) - sent - failed, failed,
    )  # fmt: skip


def _word(value: Any) -> str | None:
    return None if value is None else str(value)
