"""Counts of the ledger, derived from its events by the database."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache

from bot.model import DayTally, EventKind, OfferEvent, Reason, ShopCount
from bot.ports import Change, DayGroup, LocalDay, Redeemed, Redemption, Switch
from bot.store.connection import Base
from bot.store.ledger_rows import event_of
from bot.store.sql import tallies as sql
from bot.store.values import from_json, moment_of, moment_or_none, stamp, to_json


class Tallies(Base):
    """What :class:`bot.ports.TallyStore` asks."""

    def first_event(self, offers: Sequence[str]) -> datetime | None:
        """When the first redemption or refusal of any of these offers happened."""
        with self._read() as db:
            row = db.execute(sql.FIRST, {"offers": to_json(list(offers))}).fetchone()
        return moment_or_none(row["first"])

    def day_tallies(self, offers: Sequence[str], days: Sequence[LocalDay]) -> tuple[DayTally, ...]:
        """What happened on each of these days (one after the other), by offer and placement; empty days have no row."""
        if not days:
            return ()
        starts, ends = [stamp(one.start) for one in days], [stamp(one.end) for one in days]
        asked = {"offers": to_json(list(offers)), "start": starts[0], "stop": ends[-1]}
        numbers: dict[tuple[str, int, str | None], Counter[str]] = defaultdict(Counter)
        with self._read() as db:
            for offer, placement, at in db.execute(sql.GIVEN_BACK, asked).fetchall():
                numbers[offer, bisect_right(starts, at) - 1, placement][EventKind.ROLLED_BACK] += 1
            happened = db.execute(sql.DAYS, asked | {"days": to_json(list(zip(starts, ends, strict=True)))})
            for offer, place, placement, kind, number in happened:
                numbers[offer, place, placement][kind] = number
        return tuple(
            DayTally(
                offer,
                days[place].day,
                placement,
                found[EventKind.REDEEMED] - found[EventKind.ROLLED_BACK],
                found[EventKind.REFUSED],
                found[EventKind.ROLLED_BACK],
            )
            for (offer, place, placement), found in numbers.items()
        )

    def held(self, offers: Sequence[str], moment: datetime) -> Mapping[tuple[str, str | None], int]:
        """Reservations that were open at ``moment``, by offer and placement."""
        with self._read() as db:
            rows = db.execute(sql.HELD, {"offers": to_json(list(offers)), "moment": stamp(moment)}).fetchall()
        return {(row["offer"], row["placement"]): row["number"] for row in rows}

    def refusals(self, offer: str, start: datetime, end: datetime) -> Mapping[tuple[Reason, str | None], int]:
        """Refusals in ``[start, end)`` by reason and placement, most first; of nobody's codes for the offer ``""``."""
        asked = {"offer": offer, "start": stamp(start), "stop": stamp(end)}
        with self._read() as db:
            rows = db.execute(sql.REASONS, asked).fetchall()
        return {(Reason(row["reason"]), row["placement"]): row["number"] for row in rows}

    def last_event(self) -> int:
        """The number of the ledger's last event; later ones have larger numbers. 0 for an empty ledger."""
        with self._read() as db:
            return int(db.execute(sql.LAST).fetchone()["seq"])

    def changes_after(self, event: int, before: datetime) -> tuple[Change, ...]:
        """What was written after that event and changes counts of the time before ``before``."""
        with self._read() as db:
            rows = db.execute(sql.LATE, {"after": event, "before": stamp(before)}).fetchall()
        return tuple(
            Change(row["offer"], row["placement"], moment_of(row["at"]), bool(row["given_back"])) for row in rows
        )

    def redeemed_as(self, counts: Sequence[ShopCount]) -> tuple[Redeemed, ...]:
        """For each shop's count, what stands in the ledger for the same offer, scope and day; with orders if it has."""
        scopes = [
            {
                "offer": one.offer,
                "start": stamp(one.start),
                "stop": stamp(one.end),
                "placement": one.placement,
                "code": one.code,
                "door": one.door if one.placement is None else None,
                "listed": int(one.orders is not None),
            }
            for one in counts
        ]
        with self._read() as db:
            rows = db.execute(sql.SCOPES, {"scopes": to_json(scopes)}).fetchall()
        return tuple(Redeemed(row["number"], tuple(from_json(row["orders"]))) for row in rows)

    def events_between(self, offer: str, start: datetime, end: datetime) -> tuple[tuple[OfferEvent, bool], ...]:
        """Redemptions and refusals of ``[start, end)``, oldest first, each with whether it was given back."""
        with self._read() as db:
            rows = db.execute(sql.BETWEEN, {"offer": offer, "start": stamp(start), "stop": stamp(end)}).fetchall()
        return tuple((event_of(row), bool(row["returned"])) for row in rows)

    def day_groups(
        self, offer: str, days: Sequence[LocalDay], leaked: Mapping[str, datetime], *, customers: bool = False
    ) -> tuple[DayGroup, ...]:
        """What stands of an offer on each of these days, oldest first; ``leaked`` says since when which code is out."""
        with self._read() as db:
            asked = sql.GROUPS_WITH_CUSTOMERS if customers else sql.GROUPS
            rows = db.execute(asked, _asked(offer, days, leaked)).fetchall()
        return tuple(
            DayGroup(
                days[place].day,
                number,
                placement,
                _flag(new),
                _flag(attached),
                bool(is_leaked),
                tuple(from_json(known)),
            )
            for place, placement, new, attached, is_leaked, number, known in rows
        )

    def capped_days(self, offer: str, days: Sequence[LocalDay]) -> tuple[tuple[date, str | None], ...]:
        """The days, and the placements, at which the cap of a day or a week turned somebody away."""
        with self._read() as db:
            rows = db.execute(sql.CAPPED, _asked(offer, days, {})).fetchall()
        return tuple((days[place].day, placement) for place, placement in rows)

    def switches(self, offers: Sequence[str], moment: datetime) -> tuple[Switch, ...]:
        """Everything of these offers that was disabled or enabled until ``moment``, oldest first."""
        with self._read() as db:
            rows = db.execute(sql.SWITCHES, {"offers": to_json(list(offers)), "moment": stamp(moment)}).fetchall()
        return tuple(Switch(row["offer"], moment_of(row["at"]), row["code"], bool(row["is_on"])) for row in rows)

    def redeemed_around(self, offer: str, code: str, moment: datetime) -> tuple[int, int]:
        """How many redemptions with a code stand before ``moment``, and how many at or after it."""
        with self._read() as db:
            row = db.execute(sql.AROUND, {"offer": offer, "code": code, "moment": stamp(moment)}).fetchone()
        return row["before"], row["since"]

    def standing_redemptions(self, offer: str, moment: datetime) -> Iterator[Redemption]:
        """Redemptions until ``moment`` that were not given back, oldest first."""
        with self._read() as db:
            rows = db.execute(sql.STANDING, {"offer": offer, "moment": stamp(moment)}).fetchall()
        amount = cache(Decimal)  # few prices make many orders
        for at, customer, new, order, value, currency in rows:
            yield Redemption(
                moment_of(at),
                customer,
                None if new is None else bool(new),
                order,
                None if value is None else amount(value),
                currency,
            )


def _asked(offer: str, days: Sequence[LocalDay], leaked: Mapping[str, datetime]) -> dict[str, str]:
    return {
        "offer": offer,
        "days": to_json([(stamp(one.start), stamp(one.end)) for one in days]),
        "leaked": to_json({code: stamp(since) for code, since in leaked.items()}),
    }


def _flag(value: int | None) -> bool | None:
    return None if value is None else bool(value)
