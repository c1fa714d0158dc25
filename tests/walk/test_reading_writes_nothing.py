"""What only looks leaves the database as it was, to the byte of its dump; and however often somebody looks, each mention is
told in one digest.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.model import ScoredMention
from bot.model.access import Role
from bot.model.aims import Course
from tests.support.counts import FULL
from tests.support.desk import run
from tests.support.web import signed_in_as
from tests.watch.watchroom import DAY, HOUR, SPIKE, TODAY, Watchroom

TABLES = (
    SPIKE
    + """
[[digest]]
id = "pr"
audience = "pr"
channels = ["team"]
[[digest]]
id = "week"
audience = "executive"
period = "week"
channels = ["team"]
[[objective]]
id = "voices"
statement = "Three stories a day"
measure = { metric = "stories", period = "7d" }
target = 3
baseline = 1
by = 2026-06-01
review_every = "28d"
"""
)
DATE = (TODAY - DAY).isoformat()
LOOKS = (
    ("digest", "preview", "pr", "--date", DATE),
    ("digest", "preview", "week", "--date", "2026-03-08"),
    ("digest", "list"),
    ("alerts",),
    ("alerts", "test"),
    ("impact",),
    ("impact", "--json"),
    ("link", "--list"),
    ("mentions", "--since", "2026-03-01"),
    ("messages",),
    ("sources", "coverage"),
    ("status",),
    ("check",),
)
PAGES = ("/impact", "/impact/voices", "/impact/voices/trend.svg", "/alerts", "/digests", "/mentions")


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watchroom]:
    """Nine weeks of news, a spike that was told, a digest that was sent, a review that was written."""
    room = Watchroom(tmp_path_factory.mktemp("read"), TABLES)
    room.live(63, (1,))
    room.say(TODAY, 25)
    room.look()
    for report in ("pr", "week"):
        room.app.telling.publish(*room.app.telling.window(report, None))
    room.app.impact.decide("voices", Course.KEEP, "it goes well")
    room.app.impact.make_link("https://crumb.example/", source="press", medium="mail", campaign="spring")
    room.app.telling.deliver()
    yield room
    room.app.close()


def dump(room: Watchroom) -> str:
    with closing(sqlite3.connect(room.folder / "heard.db")) as db:
        return "\n".join(db.iterdump())


@pytest.mark.parametrize("args", LOOKS, ids=" ".join)
def test_a_command_that_looks_writes_nothing(room: Watchroom, args: tuple[str, ...]) -> None:
    before = dump(room)
    said = run(["--config", str(room.path), *args])
    assert said.code == 0, said.err
    assert said.out
    assert dump(room) == before


def test_a_rehearsal_writes_nothing(room: Watchroom) -> None:
    before = dump(room)
    other = room.folder / "other.toml"
    other.write_text(room.path.read_text("utf-8").replace("velvet crumb", "crumb"), "utf-8")
    assert run(["--config", str(room.path), "rehearse", str(other)]).code == 0
    assert dump(room) == before


def test_a_page_that_is_looked_at_writes_nothing(room: Watchroom) -> None:
    client = signed_in_as(room.app, Role.VIEWER, "http://127.0.0.1:8080")
    (digest, _), *_more = room.app.store.digests(1)
    before = dump(room)
    for page in (*PAGES, f"/digests/{digest.id}", f"/mentions/{digest.mentions[0]}"):
        answer = client.get(page)
        assert answer.status_code in {200, 404}, page
    assert dump(room) == before


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fresh")


STEPS = st.lists(st.sampled_from(["say", "late", "preview", "publish", "rest"]), min_size=4, max_size=10)


@given(steps=STEPS)
@settings(max_examples=40 if FULL else 4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_mention_is_told_in_one_digest_however_often_somebody_looks(fresh: Path, steps: list[str]) -> None:
    folder = fresh / str(len(list(fresh.iterdir())))
    folder.mkdir()
    room = Watchroom(folder, TABLES)
    room.live(3, (1,))
    day = TODAY
    for step in (*steps, "rest", "publish"):
        if step in {"say", "late"}:
            room.say(day - (2 * DAY if step == "late" else timedelta(0)), 2)
        elif step == "rest":
            room.cover(day, day + DAY)
            day += DAY
            room.clock.set(room.at(day))
        elif step == "publish":
            room.app.telling.publish(*room.app.telling.window("pr", None))
        else:
            before = dump(room)
            for last in (day - DAY, day - 2 * DAY):
                room.app.telling.compose(*room.app.telling.window("pr", last))
            assert dump(room) == before
        room.clock.advance(HOUR / 60)
    digests = room.app.store.digests_of("pr", 99)
    assert digests
    told = Counter(mention for digest in digests for mention in digest.mentions)
    assert set(told.values()) <= {1}
    over = room.at(day, 0)
    since = min(digest.window.start for digest in digests)
    said = [one for one in room.app.store.mentions(since=since, until=over) if isinstance(one, ScoredMention)]
    assert {one.mention.id for one in said} <= set(told)
    room.app.close()
