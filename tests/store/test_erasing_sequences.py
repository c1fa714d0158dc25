"""Whatever happened to items before, in whatever order: nothing of an erased one is left, nor comes back unlawfully."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.digest.compose import compose
from bot.digest.notices.alert_facts import contrary_facts, story_facts
from bot.digest.notices.leaks import compose_leak_notice
from bot.digest.notices.sources import Desk
from bot.model import (
    Alignment,
    Author,
    Digest,
    Hit,
    Item,
    ItemKind,
    Label,
    LabelKind,
    Leak,
    MatchField,
    Mention,
    Named,
    Notice,
    NoticeKind,
    Outcome,
    Page,
    ScoredMention,
    Sighting,
    Standing,
    Target,
    Window,
    mention_id,
)  # fmt: skip
from bot.model.alert import Alert, AlertKind, Severity
from bot.model.keeping import Cause
from bot.offers.tracing.leaks import cluster
from bot.store.sqlite import SqliteStore, open_store
from tests.digest import sample
from tests.support.counts import FULL
from tests.support.database import empty_database, the_search_fits
from tests.support.leftovers import leftovers
from tests.support.samples import DAY, HOUR, NOON, a_score

US = sample.CRUMB.id
FEEDS = (Target("one"), Target("two"))
KEYS = 12
DESK = Desk({"truffle": "Free truffle"}, (), "UTC")


class Life:
    """A store in which things happen at random, beside what should be left of each item."""

    def __init__(self, store: SqliteStore, seed: int) -> None:
        self.store, self._pick = store, random.Random(seed)
        self._said: dict[str, list[str]] = {}
        """Every word that an item ever held."""
        self._last: dict[str, tuple[Target, Item]] = {}
        self.gone: dict[str, tuple[Cause, frozenset[str]]] = {}
        self._day, self.totals = 0, 0
        store.add_targets(FEEDS, NOON)

    def step(self) -> None:
        happen = (self._read, self._read, self._read, self._quiet, self._stale, self._score, self._label, self._join, self._tell,
                  self._alarm, self._leak, self._erase)  # fmt: skip
        self._pick.choice(happen)()

    def _word(self, key: str) -> str:
        made = "".join(self._pick.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(14))
        self._said.setdefault(key, []).append(made)
        return made

    def _read(self) -> None:
        """New words of an item, from the target that has it or from another."""
        original, target = f"x:{self._pick.randrange(KEYS)}", self._pick.choice(FEEDS)
        repost = self._pick.random() < 0.2
        key = f"{original}9" if repost else original
        words = " ".join(["crumb", *(self._word(key) for _ in range(self._pick.randrange(1, 8)))])
        handle = self._word(key)
        item = Item(key=key, kind=ItemKind.POST, url=f"https://x.com/{handle}/status/{key[2:]}", title="", text=words,
                    published_at=NOON, outlet="x.com", author=Author(self._word(key), handle, "4711"))  # fmt: skip
        if repost:
            item = replace(item, kind=ItemKind.REPOST, refers_to=original)
        self._save(target, item)

    def _stale(self) -> None:
        """A copy of what was read before, by either target."""
        if self._last:
            self._save(self._pick.choice(FEEDS), self._last[self._pick.choice(sorted(self._last))][1])

    def _quiet(self) -> None:
        """An edit after which an item names nobody."""
        if not self._last:
            return
        key = self._pick.choice(sorted(self._last))
        target, item = self._last[key]
        item = replace(item, text=f"about {self._word(key)}")
        if key in self._keys() and key in self.gone and self.gone[key][0] is Cause.UPSTREAM:
            del self.gone[key]  # its own target brings it back
        self.store.save_page(target, Page(items=(item,)), [], NOON + HOUR, NOON + DAY)

    def _save(self, target: Target, item: Item) -> None:
        mention = Mention(
            mention_id(item.key, US), US, item, (Hit("crumb", MatchField.TEXT, 0, 5),), target.source, NOON
        )
        mention = replace(mention, story=mention.id)
        if item.key not in self._keys():
            self.gone.pop(item.key, None)
        self.store.save_page(target, Page(items=(item,)), [mention], NOON + HOUR, NOON + DAY)
        owner = self._last.get(item.key, (target, item))[0]
        cause, _ = self.gone.get(item.key, (None, frozenset()))
        if cause is None or (cause is Cause.UPSTREAM and target == owner):
            self.gone.pop(item.key, None)
        self._last[item.key] = (self._owner(item.key, owner), item)

    def _keys(self, which: str = "1 = 1") -> set[str]:
        with self.store._read() as db:
            return {row["key"] for row in db.execute(f"SELECT key FROM items WHERE {which}")}  # noqa: S608 ours

    def _owner(self, key: str, otherwise: Target) -> Target:
        with self.store._read() as db:
            row = db.execute("SELECT source FROM items WHERE key = :key", {"key": key}).fetchone()
        return otherwise if row is None else Target(row["source"])

    def _mentions(self) -> list[Mention]:
        found = (one.mention if isinstance(one, ScoredMention) else one for one in self.store.mentions())
        return [one for one in found if one.item.text]

    def _scored(self) -> list[ScoredMention]:
        return [one for one in self.store.mentions() if isinstance(one, ScoredMention) and one.mention.item.text]

    def _score(self) -> None:
        for one in self._mentions():
            quote = one.item.text[:40]
            contrary = Alignment("single-origin", Outcome.CONTRARY, 0.9, quote, 0, len(quote), one.item.text[6:20])
            score = a_score(one, alignments=(contrary,), rules_version=self._pick.choice("12"))
            self.store.save_scores([score], NOON)

    def _label(self) -> None:
        for one in self._mentions()[:2]:
            self.store.add_label(Label(one.id, LabelKind.TONE, "negative", "ada", "cli", NOON), None)

    def _join(self) -> None:
        found = [one.id for one in self._mentions()]
        if len(found) > 1:
            younger, older = self._pick.sample(found, 2)
            self.store.join_stories([(younger, older)])

    def _tell(self) -> None:
        window = Window(NOON - DAY + timedelta(minutes=self._day), NOON + HOUR + timedelta(minutes=self._day), "UTC")
        untold = list(self.store.untold("pr", window))
        body = compose(sample.given(mentions=untold))
        told = tuple(one.mention.id for one in untold)
        name = f"d{self._day}"
        self.store.publish(
            Digest(name, "pr", sample.REPORT.audience, window, str(body["subject_line"]), body, NOON + DAY, told), ()
        )
        self._day += 1

    def _alarm(self) -> None:
        said = self._scored()
        if not said or not said[0].score.alignments or not said[0].score.alignments[0].quote:
            return
        facts = {"contrary": contrary_facts(said[0], said[0].score.alignments[0], "We say so.")}
        facts |= story_facts(said[:3], {"one": "One", "two": "Two"})
        self._day += 1
        name, day = f"a{self._day}", NOON.date()
        alert = Alert(name, "against", AlertKind.CONTRARY_MESSAGE, US, name, day, day, Severity.HIGH, 3, 4,
                      NOON + DAY, NOON + DAY, body=facts)  # fmt: skip
        first = facts["stories"][0]
        told = {
            "paragraphs": [f"“{facts['contrary']['quote']}”, {first['author']}: {first['headline']} ({first['url']})"]
        }
        notice = Notice(f"n{self._day}", NoticeKind.ALERT, "crumb", f"crumb: {first['headline']}", told, NOON)
        last = self.store.last_told(alert.rule, alert.subject)
        self.store.tell_alerts(notice, [self.store.raise_alert(alert)], (), last)

    def _leak(self) -> None:
        """A code is seen in some of what there is, under the names of that day, and told of."""
        items = self._pick.sample(found := [one.item for one in self._mentions()], min(2, len(found)))
        seen = [
            Sighting("truffle", Named.CODE, "moon", item.key, item.outlet, NOON, NOON, quote=item.text[:30], url=item.url,
                     handle=item.author.handle, voice=item.voice, headline=item.text[:30], standing=Standing.OUTSIDE)
            for item in items
        ]  # fmt: skip
        self.store.save_sightings(items, seen, "1")
        leaks = [
            Leak(one.offer, one.code, None, one, (cluster(one),), 1, None, "", 0, 0, True)
            for one in self.store.sightings() if one.item in {item.key for item in items} and one.handle
        ]  # fmt: skip
        for leak in leaks:
            self._day += 1
            notice = compose_leak_notice("truffle", {leak: leak.places}, DESK, NOON + timedelta(days=self._day))
            self.store.tell_leaks(
                replace(notice, id=f"l{self._day}"), [("truffle", f"{self._day}", leak.places[0])], ()
            )

    def _erase(self) -> None:
        key, cause = f"x:{self._pick.randrange(KEYS)}", self._pick.choice(list(Cause))
        here = self._keys("removed = 0")
        if key not in self._keys():  # it names nobody any more, and nothing may be left that told it
            self.gone[key] = (cause, frozenset(self._said.get(key, ())))
        self.store.forget_items([key], cause=cause, noticed_at=NOON, now=NOON + HOUR)
        for gone in {key, f"{key}9"} & here if key in here else ():
            self.gone[gone] = (cause, frozenset(self._said.get(gone, ())))


@pytest.mark.parametrize("seed", range(200 if FULL else 2))
def test_nothing_of_an_erased_item_is_left_after_any_life(tmp_path: Path, seed: int) -> None:
    store = open_store(empty_database(tmp_path))
    life = Life(store, seed)
    for _ in range(70):
        life.step()
    assert store.settle_erasure(rewrite=True)
    here = {one.item.key for one in _kept(store)}
    assert not here & set(life.gone), "what is gone came back by nobody but its own target"
    words = {word for _, said in life.gone.values() for word in said}
    assert leftovers(tmp_path, words) == {}
    assert store.integrity_check() == ()
    assert the_search_fits(tmp_path / "heard.db")
    store.close()


def _kept(store: SqliteStore) -> Iterator[Mention]:
    found = (one.mention if isinstance(one, ScoredMention) else one for one in store.mentions())
    return (one for one in found if one.item.text)
