"""Checking, wired: is each configured thing in order, in one line a thing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from bot.digest.compose import sections_of
from bot.digest.deliver import masked
from bot.digest.windows import next_due
from bot.errors import ConfigError, HeardError
from bot.listen.budget import limits_of, refuse_if_spent
from bot.listen.polling import day_start, month_start
from bot.listen.query import unparse
from bot.listen.spending import SourcePurse
from bot.model import FREE, Channel, Letter, Page, Query, Report, Source, Subject, Target, Window
from bot.ports import Paid
from bot.wiring import adapters
from bot.wiring.asking import note_line, sendings
from bot.wiring.judging import build_judge

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
        found += [_tried(f"subject {row.id}", self._subject, row) for row in settings.subjects]
        found += [_tried(f"source {row.id}", self._source, row) for row in settings.sources]
        found.append(_tried("database", self._database, settings.database))
        found.append(_tried("tone engine", self._engine, " + ".join(settings.engines)))
        if settings.matcher != adapters.LEXICAL:
            found.append(_tried("message matcher", self._matcher, settings.matcher))
        found += [_tried(f"channel {row.id}", self._channel, row) for row in settings.channels]
        found += [_tried(f"digest {row.id}", self._report, row) for row in settings.reports]
        return found

    def _subject(self, subject: Subject) -> str:
        """The query as it was understood, and its companions looked over."""
        query = adapters.build_query(self._app.settings, subject)
        build_judge(self._app.settings, [query])
        return "\n      ".join((unparse(query.node), *self._compiled_notes(query)))

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
        """Asks for one page within what is left of the source's budget, and writes down what it cost; keeps nothing else."""
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

    def _report(self, report: Report) -> str:
        sections_of(report)
        coming = next_due(report, self._app.clock.now(), self._app.settings.timezone)
        by = ", ".join(report.channels) or "no channel: it is only kept"
        return f"{report.audience}, each {report.period}, next at {self._app.local(coming)}, by {by}"


def _tried(name: str, look: Callable[[Thing], str], thing: Thing) -> Finding:
    try:
        return name, True, look(thing)
    except HeardError as error:
        return name, False, str(error)
