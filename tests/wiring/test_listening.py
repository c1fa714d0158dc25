"""Listening as it is wired: what reading leaves alone, and what several processes share."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.errors import BudgetSpent
from bot.model import (
    Allowance,
    Cost,
    Cursor,
    Gap,
    GapCause,
    Interval,
    Item,
    Mention,
    Page,
    PollReport,
    Query,
    State,
    Target,
    TargetState,
    Window,
)
from bot.wiring import App
from bot.wiring.checking import Checking
from config.settings import load_settings
from tests.support.database import empty_database
from tests.support.samples import DAY, HOUR, NOON, an_item

CONFIG = """
[[subject]]
id = "moon"
name = "Moon"
query = "moon"
[[source]]
id = "blogs"
connector = "rss"
every = "1h"
feeds = ["https://a.example/f", "https://b.example/f"]
"""
A, B = Target("blogs", "https://a.example/f"), Target("blogs", "https://b.example/f")
PIECE = "Moon opens a shop in the old harbour, and visitors see how the chocolate is made from bean to bar. " * 3


@dataclass
class Made:
    """A connector that yields the same items each time."""

    items: list[Item] = field(default_factory=list)
    capabilities: frozenset[str] = frozenset()
    trainable: bool = True

    def fetch(self, queries: Sequence[Query], cursor: Cursor | None, allowance: Allowance) -> Iterator[Page]:
        del queries, cursor, allowance
        yield Page(items=tuple(self.items))


def app_in(folder: Path, *, config: str = CONFIG) -> tuple[App, ManualClock, dict[Target, Made]]:
    """One process with a database in ``folder``."""
    (folder / "heard.toml").write_text(config, encoding="utf-8")
    empty_database(folder)
    clock, made = ManualClock(NOON), {A: Made(), B: Made()}
    app = App(load_settings(folder / "heard.toml"), clock)
    app.__dict__["connectors"] = made
    return app, clock, made


def test_reading_waits_for_no_writer_and_writes_nothing(tmp_path: Path) -> None:
    app, _, _ = app_in(tmp_path)
    app.store.schema_version()
    writer = sqlite3.connect(app.store.path, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    # With the write lock held, a verb that wrote would wait for half a minute and then fail.
    rows = app.listening.states()
    assert [(state.target, state.state, state.next_poll_at, share) for state, share in rows] == [
        (A, State.NEW, NOON, None),
        (B, State.NEW, NOON, None),
    ]
    assert app.listening.next_poll() == NOON
    assert not app.listening.coverage().allows_quiet
    writer.execute("ROLLBACK")
    writer.close()
    assert app.store.target_states() == ()
    assert app.listening.due() == (A, B)
    assert len(app.store.target_states()) == 2
    app.close()


def test_states_carry_the_gaps_of_the_last_day_only(tmp_path: Path) -> None:
    app, _, _ = app_in(tmp_path)
    app.listening.due()
    recent, old = (Gap(Interval(at - HOUR, at), GapCause.DOWN) for at in (NOON - HOUR, NOON - 9 * DAY))
    app.store.finish_poll(PollReport(A, NOON, State.OK), TargetState(A, State.OK, NOON), (recent, old))
    assert [state.gaps for state, _ in app.listening.states()] == [(recent,), ()]
    app.close()


def test_a_trouble_is_not_told_of_days_before_it_began(tmp_path: Path) -> None:
    app, _, _ = app_in(tmp_path)
    app.listening.due()
    blocked = TargetState(A, State.BLOCKED, since=NOON - HOUR, error="403", error_kind="AccessDenied", failures=3)
    app.store.finish_poll(PollReport(A, NOON, State.BLOCKED), blocked, ())
    recent, old = (Window(end - DAY, end, "UTC") for end in (NOON, NOON - 3 * DAY))
    assert [state.state for state in app.listening.looked(recent, NOON).targets] == [State.BLOCKED, State.NEW]
    (then, _) = app.listening.looked(old, NOON).targets
    assert (then.state, then.since, then.error) == (State.OK, None, None)
    app.close()


def test_catching_up_ends_when_told_to_and_is_made_good_the_next_time(tmp_path: Path) -> None:
    here, clock, made = app_in(tmp_path)
    there, _, made_there = app_in(tmp_path)
    made_there[A].items.append(an_item(1, text=PIECE, refers_to=None))
    list(there.listening.collect(there.listening.due()))
    made[B].items.append(an_item(2, text=PIECE, refers_to=None))
    clock.advance(4 * HOUR)
    here.listening.catch_up(lambda: True)
    list(here.listening.collect(here.listening.due()))
    stories = [row.story for row in here.store.mentions() if isinstance(row, Mention)]
    assert (len(stories), len(set(stories))) == (2, 1)
    here.close()
    there.close()


def test_a_copy_joins_the_story_that_another_process_has_collected_meanwhile(tmp_path: Path) -> None:
    here, clock, made = app_in(tmp_path)
    there, clock_there, made_there = app_in(tmp_path)
    list(here.listening.collect(here.listening.due()))
    made_there[A].items.append(an_item(1, text=PIECE, refers_to=None))
    clock_there.advance(2 * HOUR)
    list(there.listening.collect(there.listening.due()))
    made[B].items.append(an_item(2, text=PIECE, refers_to=None))
    clock.advance(4 * HOUR)
    list(here.listening.collect(here.listening.due()))
    mentions = list(here.store.mentions())
    assert len(mentions) == 2
    assert len({getattr(found, "mention", found).story for found in mentions}) == 1
    here.close()
    there.close()


@dataclass
class Paid:
    """A source where every page costs; it notes what it was allowed."""

    allowed: list[Allowance] = field(default_factory=list)
    capabilities: frozenset[str] = frozenset()
    trainable: bool = False

    def fetch(self, queries: Sequence[Query], cursor: Cursor | None, allowance: Allowance) -> Iterator[Page]:
        del queries, cursor
        self.allowed.append(allowance)
        yield Page(items=(an_item(),), cursor={"at": 1}, cost=Cost(2, 0.01))


def test_a_live_check_keeps_to_the_budget_and_writes_down_what_it_cost(tmp_path: Path) -> None:
    app, _, _ = app_in(tmp_path, config=CONFIG + "[source.budget]\nreads_per_day = 3\n")
    paid, check, (source,) = Paid(), Checking(app, live=True), app.settings.sources
    for _ in range(2):
        check._ask(source, A, paid)
    with pytest.raises(BudgetSpent):
        check._ask(source, A, paid)
    assert paid.allowed == [Allowance(3, None), Allowance(1, None)]
    assert app.store.spent("blogs", NOON - DAY) == Cost(4, 0.02)
    assert list(app.store.mentions()) == []
    assert app.store.target_states()[0].cursor is None
    app.close()
