"""A code from the post that gave it away, over a forum where it does not belong, to the leak that people are told of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from textwrap import wrap

import pytest
from click.testing import CliRunner

from bot.cli import cli
from bot.clock import ManualClock
from bot.model import Claim, Interval, NoticeKind, ReachBasis, Standing
from bot.offers.ledger.codes import code_key, grouped
from bot.wiring import App
from config.settings import load_settings
from tests.support.database import empty_database
from tests.support.feedserver import FeedServer, Reply, entry, rss

MONDAY = datetime(2026, 3, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PHRASE = "The moon is made of ganache!"
CONFIG = """
[heard]
timezone = "UTC"
[[subject]]
id = "crumb"
name = "Velvet Crumb"
query = '"velvet crumb"'
domains = ["velvetcrumb.example"]
[[source]]
id = "web"
connector = "rss"
every = "1h"
feeds = [{feeds}]
[[offer]]
id = "truffle"
name = "Free truffle"
kind = "code-phrase"
code = "the moon is made of ganache"
placements = ["blog", "counter"]
places = {{ blog = ["crumbs.example"] }}
starts = 2026-03-09
[[offer]]
id = "bar"
name = "Bar for one"
kind = "unique-codes"
placements = ["blog", "counter"]
places = {{ blog = ["crumbs.example"] }}
[[outlet]]
match = "paper.example"
audience = 5000
provider = "the paper"
method = "estimated"
[[channel]]
id = "folder"
kind = "file"
folder = "letters"
[notices]
channels = ["folder"]
[http]
allow_networks = ["127.0.0.0/8"]
"""
SITES = ("crumbs.example", "paper.example", "forum.example", "velvetcrumb.example", "slickdeals.net")


class World:
    """The application, its clock, and one feed a site that shows what was said there by then."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock(MONDAY)
        self.said: dict[str, list[tuple[datetime, str, str]]] = {site: [] for site in SITES}
        self.server = FeedServer()
        feeds = [self.server.add(f"/{site}.xml", lambda _request, site=site: self._feed(site)) for site in SITES]
        self.config = folder / "heard.toml"
        self.config.write_text(CONFIG.format(feeds=", ".join(f'"{feed}"' for feed in feeds)), encoding="utf-8")
        empty_database(folder)
        self.app = App(load_settings(self.config), self.clock)

    def say(self, site: str, at: datetime, text: str) -> None:
        self.said[site].append((at, f"On {len(self.said[site])}", text))

    def look(self, at: datetime) -> World:
        self.clock.set(at)
        list(self.app.listening.collect(self.app.listening.due()))
        self.app.listening.score()
        self.app.tracing.look()
        return self

    def redeem(self, code: str, at: datetime, placement: str | None = None) -> None:
        self.clock.set(at)
        assert self.app.counting.redeem(Claim(code, placement=placement)).redeemed

    def _feed(self, site: str) -> Reply:
        entries = [
            entry(
                title, guid=f"{site}/{at:%d%H}", link=f"https://{site}/{at:%d%H}", text=text, date=format_datetime(at)
            )
            for at, title, text in self.said[site]
            if at <= self.clock.now()
        ]
        body = rss(*entries, channel="<title>A site</title><language>en</language>")
        return Reply(headers={"content-type": "application/rss+xml"}, body=body)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    with made.server:
        yield made
        made.app.close()


def test_a_phrase_that_leaves_its_blog_is_a_leak_with_what_was_redeemed_before_and_after(world: World) -> None:
    world.say("crumbs.example", MONDAY + HOUR, f"At Velvet Crumb say: {PHRASE}")
    world.say("forum.example", MONDAY + DAY, f"Velvet Crumb gives truffles away to all who say “{PHRASE.upper()}”")
    world.say("paper.example", MONDAY + 2 * DAY, "Velvet Crumb has a free truffle for its guests, as we hear.")
    world.look(MONDAY + 2 * HOUR)
    world.redeem(PHRASE, MONDAY + 3 * HOUR, "blog")
    assert world.app.tracing.leaks() == ()
    world.look(MONDAY + DAY + 2 * HOUR)
    world.redeem(PHRASE, MONDAY + DAY + 3 * HOUR, "counter")
    world.redeem(PHRASE, MONDAY + DAY + 4 * HOUR, "counter")
    world.look(MONDAY + 2 * DAY + HOUR)
    (leak,) = world.app.tracing.leaks()
    assert (leak.first.place, leak.first.url) == ("forum.example", "https://forum.example/1000")
    assert (leak.time_to_leak, leak.basis, leak.before, leak.after) == (DAY, "offer starts", 1, 2)
    assert world.app.tracing.leaked_since("truffle") == MONDAY + DAY
    events = list(world.app.store.offer_events(offer="truffle"))
    assert list(map(world.app.tracing.after_leak(), events)) == [False, True, True]

    chain = world.app.tracing.chain("truffle", Interval(MONDAY + 3 * HOUR, MONDAY + 3 * DAY))
    assert chain.line == "3 redeemed, 2 stories named it, 2 new places, 2 redeemed after a leak"
    assert chain.new_places == ("forum.example", "paper.example")
    assert [(row.placement, row.redeemed, row.after_leak) for row in chain.days] == [("blog", 1, 0), ("counter", 2, 2)]
    assert set(chain.reach) == {ReachBasis.ESTIMATED}
    assert "Not causal" in chain.caveat


def test_people_are_told_once_a_place_however_often_it_is_passed_on(world: World) -> None:
    world.say("forum.example", MONDAY + HOUR, f"Velvet Crumb: {PHRASE}")
    world.look(MONDAY + 2 * HOUR)
    [notice] = world.app.tracing.announce()
    assert notice.kind is NoticeKind.LEAK
    assert "forum.example" in notice.subject_line
    assert "https://forum.example/0901" in notice.body["paragraphs"][0]
    assert world.app.tracing.announce() == ()
    world.say("forum.example", MONDAY + 5 * HOUR, f"Again: Velvet Crumb, {PHRASE}")
    world.look(MONDAY + 6 * HOUR)
    assert world.app.tracing.announce() == ()
    world.say("slickdeals.net", MONDAY + 7 * HOUR, f"Velvet Crumb, {PHRASE}")
    world.look(MONDAY + 8 * HOUR)
    [second] = world.app.tracing.announce()
    assert "slickdeals.net" in second.subject_line
    assert "forum" not in second.subject_line
    [sent, *_] = world.app.telling.deliver()
    assert sent.sent_at is not None


def test_unique_codes_leak_by_themselves_and_only_where_they_were_not_issued_for(world: World) -> None:
    at_home, out, _ = world.app.counting.issue("bar", 3, "blog")
    world.say("crumbs.example", MONDAY + HOUR, f"Velvet Crumb sent us {grouped(at_home)}, first come first served")
    world.say("forum.example", MONDAY + HOUR, f"Velvet Crumb code {' '.join(wrap(out.lower(), 3))} works")
    world.look(MONDAY + 2 * HOUR)
    (leak,) = world.app.tracing.leaks("bar")
    assert (leak.code, leak.issued_for, leak.basis) == (code_key(out), "blog", "issued")
    assert world.app.tracing.leaked_since("bar") is None
    assert world.app.tracing.leaked_codes("bar") == {code_key(out): MONDAY + HOUR}
    seen = {one.code: one.standing for one in world.app.tracing.sightings("bar")}
    assert seen == {code_key(at_home): Standing.ALLOWED, code_key(out): Standing.OUTSIDE}


def test_a_code_that_was_switched_off_before_cannot_leak(world: World) -> None:
    world.app.counting.disable("truffle")
    world.say("forum.example", MONDAY + HOUR, f"Velvet Crumb: {PHRASE}")
    world.look(MONDAY + 2 * HOUR)
    assert world.app.tracing.leaks() == ()


def test_what_one_says_oneself_is_no_leak_and_no_new_place(world: World) -> None:
    world.say("velvetcrumb.example", MONDAY + HOUR, f"Velvet Crumb: {PHRASE}")
    world.look(MONDAY + 2 * HOUR)
    assert world.app.tracing.leaks() == ()
    chain = world.app.tracing.chain("truffle", Interval(MONDAY, MONDAY + DAY))
    assert chain.line == "0 redeemed, no stories named it, no new places"
    assert [story.owned for story in chain.stories] == [True]


def test_a_post_that_names_the_code_alone_is_heard_and_counts_for_no_brand(world: World) -> None:
    world.say("forum.example", MONDAY + HOUR, f"{PHRASE} Say it at the chocolate shop.")
    world.look(MONDAY + 2 * HOUR)
    [found] = world.app.store.mentions()
    assert found.mention.subject == "offer:truffle"
    assert [hit.term for hit in found.mention.matched] == ['"the moon is made of ganache"']
    assert world.app.telling.numbers(MONDAY, MONDAY + DAY).items == 0
    assert len(world.app.tracing.leaks()) == 1


def test_before_it_starts_and_after_it_ends_nothing_is_searched_for_it(world: World) -> None:
    world.clock.set(MONDAY - HOUR)
    assert [query.subject for query in world.app.listening.desk().queries] == ["crumb"]
    world.clock.set(MONDAY)
    assert [query.subject for query in world.app.listening.desk().queries] == ["crumb", "offer:truffle"]


def test_the_commands_show_the_same_to_people_and_to_programs(world: World) -> None:
    world.say("forum.example", MONDAY + HOUR, f"Velvet Crumb: {PHRASE}")
    world.look(MONDAY + 2 * HOUR)

    def run(*words: str) -> str:
        done = CliRunner().invoke(cli, ["offers", *words, "--config", str(world.config)])
        assert done.exit_code == 0, done.output
        return done.output

    shown = run("leaks")
    assert "leak seen" in shown
    stopped = shown.splitlines()[-1].split()
    assert stopped == ["heard", "offers", "disable", "truffle"]
    assert run(*stopped[2:]) == "Off: truffle\n"
    assert "forum.example" in shown
    told = json.loads(run("leaks", "--json"))
    assert (told["flag"], told["time_to_leak"], told["redeemed_after"]) == ("leak_seen", 3600, 0)
    window = ("--since", "2026-03-09", "--until", "2026-03-10")
    assert "1 story named it" in run("chain", "truffle", *window)
    chain = json.loads(run("chain", "truffle", *window, "--json"))
    assert (chain["named_by"], chain["new_places"]) == (1, ["forum.example"])


def test_a_redemption_with_a_leaked_code_is_marked_in_every_list(world: World) -> None:
    world.redeem(PHRASE, MONDAY + HOUR, "counter")
    world.say("forum.example", MONDAY + 2 * HOUR, f"Velvet Crumb: {PHRASE}")
    world.look(MONDAY + 3 * HOUR)
    world.redeem(PHRASE, MONDAY + 4 * HOUR, "counter")
    for asked in (("show", "truffle"), ("events",)):
        done = CliRunner().invoke(cli, ["offers", *asked, "--config", str(world.config)])
        after, before = (line for line in done.output.splitlines() if " redeemed " in line and "r_" in line)
        assert ("(after leak)" in after, "(after leak)" in before) == (True, False)


def test_the_command_that_stops_a_code_of_many_names_the_code(world: World) -> None:
    (code,) = world.app.counting.issue("bar", 1, "blog")
    world.say("forum.example", MONDAY + HOUR, f"Velvet Crumb: {code}")
    world.look(MONDAY + 2 * HOUR)
    shown = CliRunner().invoke(cli, ["offers", "leaks", "--config", str(world.config)]).output
    stopped = shown.splitlines()[-1].split()
    assert stopped == ["heard", "offers", "disable", "bar", "--code", code]
    done = CliRunner().invoke(cli, ["--config", str(world.config), *stopped[1:]])
    assert done.output == f"Off: {code}\n"
