"""Checking, wired: is each configured thing in order, in one line a thing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from bot.digest.figures import duration
from bot.digest.sending.deliver import masked
from bot.errors import ConfigError, HeardError, StoreError
from bot.listen.budget import limits_of, refuse_if_spent
from bot.listen.polling import day_start, month_start
from bot.listen.query import unparse
from bot.listen.spending import SourcePurse
from bot.model import FREE, Channel, Letter, Offer, OfferKind, Page, Query, Source, Subject, Target, Window
from bot.offers.ledger.codes import code_key
from bot.offers.tracing.sightings import is_ordinary
from bot.phrases import joined
from bot.ports import Paid
from bot.wiring import adapters
from bot.wiring.checking_aims import activity_line, alert_line, objective_line, report_line, route_lines, web_line
from bot.wiring.checking_keeping import kept_lines, standing_still
from bot.wiring.checking_rights import rights_line
from bot.wiring.listen.asking import note_line, sendings
from bot.wiring.listen.judging import build_judge
from bot.wiring.offers.code_queries import code_query
from bot.wiring.score.ranks import read_ranks

if TYPE_CHECKING:
    from bot.ports import Connector
    from bot.wiring.app import App

Thing = TypeVar("Thing")
Finding = tuple[str, bool, str]
"""What was checked, whether it is in order, and what there is to say."""


class Checking:
    """Looks a configuration over; asks and sends nothing unless ``live``."""

    def __init__(self, app: App, *, live: bool) -> None:
        self._app = app
        self._live = live

    def findings(self) -> list[Finding]:
        """One finding a configured thing, in the order of the file."""
        settings = self._app.settings
        found = [("configuration", True, str(settings.path))]
        if missing := [name for name in ("subject", "source") if not getattr(settings, f"{name}s")]:
            lacking = " and ".join(f"no [[{name}]]" for name in missing)
            found.append(("listening", True, f"off: there is {lacking}; docs/configuration.md says how it is written"))
        found += [_tried(f"subject {row.id}", self._subject, row) for row in settings.subjects]
        found += [_tried(f"offer {row.id}", self._offer, row) for row in settings.offers]
        found += [_tried(f"source {row.id}", self._source, row) for row in settings.sources]
        found.append(_tried("database", self._database, self._app.database))
        found.append(_tried("tone engine", self._engine, " + ".join(settings.engines)))
        if settings.matcher != adapters.LEXICAL:
            found.append(_tried("message matcher", self._matcher, settings.matcher))
        if tiers := [row.match for row in settings.outlets if row.tier is not None]:
            found.append(("outlets", True, f"tier (of {joined(tiers)}) is kept and not used yet: no figure reads it"))
        if settings.ranks is not None:
            found.append(_tried("site ranks", _ranks, settings.ranks))
        found += [_tried(f"shop {row.id}", self._app.shops.check, row) for row in settings.shops]
        found += [_tried(f"channel {row.id}", self._channel, row) for row in settings.channels]
        found += [_tried(f"digest {row.id}", partial(report_line, self._app), row) for row in settings.reports]
        found += [_tried(f"alert {row.id}", partial(alert_line, self._app), row) for row in settings.alerts]
        found += [(name, True, line) for name, line in route_lines(self._app)]
        found += [_tried(f"objective {row.id}", partial(objective_line, self._app), row) for row in settings.objectives]
        found += [_tried(f"activity {row.id}", partial(activity_line, self._app), row) for row in settings.activities]
        found += [("retention", True, line) for line in kept_lines(settings)]
        found += [("put aside", True, line) for line in self._app.backups.put_aside_lines()]
        with suppress(StoreError):  # said above, where the database is looked at
            found += [(name, True, line) for name, line in standing_still(self._app)]
        found.append(_tried("web", web_line, self._app))
        if settings.deadman.is_set:
            found.append(_tried("deadman", self._deadman, settings.deadman.every))
        found.append(_tried("rights of files", rights_line, settings))
        return list(_said_once(found))

    def _deadman(self, every: timedelta) -> str:
        said = f"{self._app.deadman.name}, every {duration(every)} while all is well"
        if self._live:
            self._app.deadman.ping()
            return f"{said}, answers"
        return said

    def _subject(self, subject: Subject) -> str:
        """The query as it was understood, and its companions looked over."""
        query = adapters.build_query(self._app.settings, subject)
        build_judge(self._app.settings, [query])
        return "\n      ".join((unparse(query.node), *self._compiled_notes(query)))

    def _offer(self, offer: Offer) -> str:
        """How its code is watched for, what is searched for it besides, and what may not be meant."""
        self._refuse_a_shared_phrase(offer)
        return "\n      ".join((self._watched(offer), *_perhaps_not_meant(offer)))

    def _refuse_a_shared_phrase(self, offer: Offer) -> None:
        """Raises ConfigError when another offer takes the same phrase at the same time and place: which is meant?"""
        for other in self._app.settings.offers:
            if other.id != offer.id and _is_taken_by_both(offer, other):
                raise ConfigError(
                    f"its code '{offer.code}' is that of offer '{other.id}' too, at the same time and place: which is "
                    "redeemed is not said. Give one another code, other placements, or other starts and ends"
                )

    def _watched(self, offer: Offer) -> str:
        if offer.kind is OfferKind.UNIQUE_CODES:
            return "its codes are found in what is collected; no platform searches for them"
        if is_ordinary(offer.code or ""):
            return (
                "its code is an ordinary word: it is found only as it is written here, in quotes or after 'code', "
                "and is not searched for"
            )
        query = code_query(self._app.settings, offer)
        if query is None:
            return "its phrase is found in what is collected; nothing more is searched for it"
        return "\n      ".join(
            (f"while it runs also searched, and paid for where posts cost money: {unparse(query.node)}",
             *self._compiled_notes(query))
        )  # fmt: skip

    def _compiled_notes(self, query: Query) -> Iterator[str]:
        """What the platforms that are searched cannot say of a query, a line each."""
        told: dict[str, None] = {}
        with suppress(ConfigError):  # wrong options are the source's own finding
            for _, _, found in sendings([query], self._app.settings.sources):
                told |= dict.fromkeys(note_line(compiled, note) for compiled in found for note in compiled.notes)
        yield from told

    def _source(self, source: Source) -> str:
        parts = adapters.build_source(self._app.settings, source, self._app.deps)
        said = f"{source.connector}, {len(parts)} feeds" if len(parts) > 1 else source.connector
        if not self._live:
            return said
        problems = []
        for target, connector in parts.items():
            try:
                self._ask(source, target, connector)
            except HeardError as error:
                problems.append(f"{target}: {type(error).__name__}: {error}")
        if problems:
            raise HeardError("; ".join(problems))
        return f"{said}, answers"

    def _ask(self, source: Source, target: Target, connector: Connector) -> None:
        """Asks for one page within what is left of the source's budget, and notes what it cost; keeps nothing else."""
        store, now = self._app.store, self._app.clock.now()
        purse = SourcePurse(store, self._app.clock, source, target)
        today, this_month = store.spent(source.id, day_start(now)), store.spent(source.id, month_start(now))
        refuse_if_spent(limits_of(source.limits, today, this_month, now))
        if isinstance(connector, Paid):
            store.add_targets([target], now)
        left = replace(purse.left(), purse=purse)
        page = next(iter(connector.fetch(self._app.queries, None, left)), Page())
        if page.cost != FREE:
            store.add_targets([target], now)
            paid = Page(cost=page.cost, bill=page.bill, subjects=page.subjects)
            store.save_page(target, paid, (), now, now, owner="heard check", charge=purse.take())

    def _database(self, url: str) -> str:
        return f"{url}, schema {self._app.store.schema_version()}"

    def _engine(self, name: str) -> str:
        engine = self._app.engine
        return f"{name} {engine.version}, reads {', '.join(sorted(engine.languages))}"

    def _matcher(self, name: str) -> str:
        return f"{name}, {adapters.build_matcher(self._app.settings).version}"

    def _channel(self, channel: Channel) -> str:
        notifier = adapters.build_notifier(self._app.settings, channel, self._app.deps)
        to = notifier.recipients
        if self._live:
            for recipient in to:
                notifier.send(self._test_letter(recipient))
        return f"{channel.kind} to {', '.join(map(masked, to))}{', test letter sent' if self._live else ''}"

    def _test_letter(self, recipient: str) -> Letter:
        now = self._app.clock.now()
        said = "This is a test of Heard's delivery. If you can read it, the channel works."
        return Letter(
            key=f"check-{now:%Y%m%d%H%M%S}",
            recipient=recipient,
            subject_line="Heard: a test of delivery",
            text=said,
            html=f"<!doctype html><html lang='en'><title>Heard: a test</title><p>{said}</p></html>",
            json='{"test": true}',
            report="check",
            created_at=now,
            window=Window(now - timedelta(days=1), now, self._app.settings.timezone),
        )


def _ranks(path: Path) -> str:
    return f"{path}, {len(read_ranks(path).of):,} sites"


def _is_taken_by_both(one: Offer, other: Offer) -> bool:
    """Whether two offers have the same phrase, a day in common, and a placement in common."""
    if not (one.code and other.code and code_key(one.code) == code_key(other.code)):
        return False
    apart = any(a.ends and b.starts and a.ends <= b.starts for a, b in ((one, other), (other, one)))
    return not apart and (
        not one.placements or not other.placements or not set(one.placements).isdisjoint(other.placements)
    )


def _perhaps_not_meant(offer: Offer) -> Iterator[str]:
    """What is allowed and rarely wanted, a line each."""
    for cap in ("cap", "per_customer", "per_code", "per_day", "per_week"):
        if getattr(offer, cap) == 0:
            yield f"{cap} = 0 refuses every redemption; leave {cap} out for no limit"
    money = [name for name in ("unit_cost", "fixed_cost_per_day", "margin") if getattr(offer, name)]
    if money and offer.currency is None:
        yield f'{", ".join(money)} without a currency: amounts are shown without one. Add currency = "EUR" or another'
    kept = [name for name in ("arm", "control") if getattr(offer, name) is not None]
    if kept:
        told = f"{' and '.join(kept)} {'is' if len(kept) == 1 else 'are'}"
        yield f"{told} kept and not used yet: what would have been bought without the offer is never subtracted"


def _said_once(found: Iterable[Finding]) -> Iterator[Finding]:
    """A database that does not answer is wrong with many things, and told of once."""
    told: dict[str, str] = {}
    for name, well, line in found:
        if well or told.setdefault(line, name) == name:
            yield name, well, line
        else:
            yield name, False, f"the same as with {told[line]}"


def _tried(name: str, look: Callable[[Thing], str], thing: Thing) -> Finding:
    try:
        return name, True, look(thing)
    except HeardError as error:
        return name, False, str(error)
