"""The proof by search: after an erasure no byte of what was said, by whom and where is in any file of the database."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.digest.compose import compose
from bot.digest.notices.alert_facts import contrary_facts, story_facts
from bot.model import (
    Alignment,
    Author,
    Delivery,
    Digest,
    Factor,
    Hit,
    Item,
    ItemKind,
    MatchField,
    Mention,
    Named,
    Notice,
    NoticeKind,
    Outcome,
    Page,
    ScoredMention,
    Sighting,
    Span,
    Target,
    mention_id,
)  # fmt: skip
from bot.model.alert import Alert, AlertKind, Severity
from bot.model.keeping import Cause, Forgotten
from bot.store.sqlite import SqliteStore, open_store
from tests.digest import sample
from tests.support.counts import FULL
from tests.support.database import empty_database, the_search_fits
from tests.support.leftovers import TAIL, leftovers
from tests.support.samples import BLOGS, HOUR, NOON, a_score

LETTERS = {
    "latin": "abcdefghijklmnopqrstuvwxyz",
    "german": "abdefghiklmnorstuäöüß",
    "cyrillic": "абвгдежзиклмнопрстуфх",
    "greek": "αβγδεζηθικλμνξοπρστυ",
    "chinese": "我们巧克力很好吃但太贵了不再买这家店",
    "thai": "กขคงจชซดตถทนบปผพฟมยรลวสห",
    "emoji": "🍫🍬🍭🍰🎂🧁🍪🍩🍮🍯",
}
US = sample.CRUMB.id
COMMON = [
    "the",
    "shop",
    "on",
    "the",
    "corner",
    "sells",
    "chocolate",
    "and",
    "the",
    "queue",
    "is",
    "long",
    "today",
    "in",
    "rain",
]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = open_store(empty_database(tmp_path))
    yield opened
    opened.close()


class Crowd:
    """Made-up people who say made-up words, each of which is theirs alone."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.words: dict[str, list[str]] = {}
        self._ends: set[str] = set()
        """What the search looks for by itself: two words of ten pictures could end alike."""

    def word(self, key: str, letters: str | None = None) -> str:
        letters = letters or LETTERS[self._random.choice(list(LETTERS))]
        made = "".join(self._random.choice(letters) for _ in range(12))
        while made[-TAIL:] in self._ends:
            made = "".join(self._random.choice(letters) for _ in range(12))
        self._ends.add(made[-TAIL:])
        self.words.setdefault(key, []).append(made)
        return made

    def item(self, number: int) -> Item:
        key, pick, latin = f"x:{9_000_000 + number}", self._random, LETTERS["latin"]
        said = [pick.choice(COMMON) for _ in range(pick.choice([3, 12, 60, 600]))]
        for _ in range(3):
            said.insert(pick.randrange(len(said) + 1), self.word(key))
        title = f"{self.word(key)} opens" if pick.random() < 0.4 else ""
        handle = self.word(key, latin)
        return Item(
            key=key,
            kind=pick.choice([ItemKind.ARTICLE, ItemKind.POST, ItemKind.COMMENT]),
            url=f"https://example.org/{handle}/{self.word(key, latin)}",
            title=title,
            text=f"{title}\n{' '.join(said)}".strip(),
            published_at=sample.WINDOW.start + timedelta(minutes=number),
            outlet=pick.choice(["x.com", "example.org"]),
            author=Author(self.word(key), handle, self.word(key, latin), f"https://example.org/@{handle}", 12),
            language="en",
            metrics={"like_count": 3.0},
            links=(f"https://elsewhere.example/{self.word(key, latin)}",),
        )


def scored(item: Item) -> ScoredMention:
    mention = Mention(mention_id(item.key, US), US, item, (Hit("crumb", MatchField.TEXT, 0, 2),), "x", NOON)
    mention = replace(mention, story=mention.id)
    words = item.text.split()
    quote = " ".join(words[-8:])
    start = item.text.index(quote) if quote in item.text else 0
    score = a_score(
        mention,
        tone=replace(a_score(mention).tone, spans=(Span(0, 5, item.text[:5], 0.5),), why=f"“{words[0]}” counts"),
        factors=(Factor("tone", 0.2, "lexicon", f"for {words[-1]}"),),
        score=float(int(item.key[2:]) % 10),
        alignments=(Alignment("single-origin", Outcome.CONTRARY, 0.9, quote, start, start + len(quote), words[0]),),
    )
    return ScoredMention(mention, score)


def fill(store: SqliteStore, said: Sequence[ScoredMention]) -> Digest:
    """Everything that is ever made of mentions: scores, a digest, alerts, notices, sightings of codes."""
    target = Target("x")
    store.add_targets([BLOGS, target], NOON)
    for start in range(0, len(said), 20):
        part = said[start : start + 20]
        page = Page(items=tuple(one.mention.item for one in part))
        store.save_page(target, page, [one.mention for one in part], NOON, NOON + HOUR, trainable=True)
        store.save_scores([one.score for one in part], NOON)
    edited = [replace(one.mention.item, text=f"{one.mention.item.text} {'and more ' * 30}") for one in said[::3]]
    known = [replace(one.mention, item=item) for one, item in zip(said[::3], edited, strict=True)]
    store.save_page(target, Page(items=tuple(edited)), known, NOON, NOON + HOUR, trainable=True)
    store.save_scores([one.score for one in said[::3]], NOON)
    body = compose(sample.given(mentions=list(said)))
    told = tuple(one.mention.id for one in said)
    window = sample.WINDOW
    digest = Digest("d1", "pr", sample.REPORT.audience, window, str(body["subject_line"]), body, window.end, told)
    store.publish(digest, [Delivery("d1:a", "d1", "mail", "a@example.org", "k")])
    for number, one in enumerate(said[:6]):
        against = contrary_facts(one, one.score.alignments[0], "We say so.")
        facts: dict[str, Any] = {"contrary": against} | story_facts(said[number : number + 4], {"x": "X"})
        alert = Alert(f"a{number}", "against", AlertKind.CONTRARY_MESSAGE, US, str(number), window.start.date(),
                      window.start.date(), Severity.HIGH, 3, 4, window.end, window.end, body=facts)  # fmt: skip
        first = facts["stories"][0]
        paragraphs = [f"“{against['quote']}”, {first['author']}: {first['headline']} ({first['url']})"]
        line = f"crumb: {first['headline']}"
        notice = Notice(f"n{number}", NoticeKind.ALERT, "crumb", line, {"paragraphs": paragraphs}, NOON)
        store.tell_alerts(notice, [store.raise_alert(alert)], (), store.last_told(alert.rule, alert.subject))
    seen = [
        Sighting("truffle", Named.CODE, "moon", item.key, item.outlet, NOON, NOON, quote=item.text[:80], url=item.url,
                 handle=item.author.handle, voice=item.voice, headline=item.text[:60])
        for item in (one.mention.item for one in said[1:6])
    ]  # fmt: skip
    store.save_sightings([one.mention.item for one in said[1:6]], seen, "1")
    places = [(one.offer, one.code, one.place) for one in seen]
    leak = Notice("leak-1", NoticeKind.LEAK, "truffle", f"moon was seen at {places[0][2]}",
                  {"paragraphs": [f"“moon” was first seen at {one.place}. {one.url}" for one in seen]}, NOON)  # fmt: skip
    store.tell_leaks(leak, sorted(set(places)), ())
    return digest


def numbers_in(value: object) -> list[object]:
    """Every number of a body, in order."""
    match value:
        case bool() | None | str():
            return []
        case dict():
            return [number for one in value.values() for number in numbers_in(one)]
        case list() | tuple():
            return [number for one in value for number in numbers_in(one)]
    return [value]


@pytest.mark.parametrize("seed", range(30 if FULL else 1))
@pytest.mark.parametrize("cause", Cause)
def test_after_an_erasure_no_byte_of_it_is_in_any_file(
    store: SqliteStore, tmp_path: Path, seed: int, cause: Cause
) -> None:
    crowd, pick = Crowd(seed), random.Random(seed)
    said = [scored(crowd.item(number)) for number in range(60)]
    digest = fill(store, said)
    erased = {one["lead"] for one in digest.body["stories"]} | {one["mention"] for one in digest.body["answer"]}
    erased = {one.mention.item.key for one in said if one.mention.id in erased}
    assert erased, "the digest tells some of them"
    erased |= set(pick.sample(sorted(crowd.words), 20))
    words = [word for key in erased for word in crowd.words[key]]
    stays = [word for key in crowd.words if key not in erased for word in crowd.words[key]]
    assert set(words) <= set(leftovers(tmp_path, words)), "the search finds what is there"
    for start in range(0, len(erased), 10):
        store.forget_items(sorted(erased)[start : start + 10], cause=cause, noticed_at=NOON, now=NOON + HOUR)
    assert store.settle_erasure(rewrite=True)
    assert leftovers(tmp_path, words) == {}
    assert set(leftovers(tmp_path, stays)) == set(stays), "what was not erased is all there"
    told = store.digest(digest.id)
    assert told is not None
    assert told.mentions == digest.mentions
    body = {key: value for key, value in told.body.items() if key != "addresses"}
    assert numbers_in(body) == numbers_in(dict(digest.body)), "a digest's figures stay as they were told"
    assert store.integrity_check() == ()
    assert the_search_fits(tmp_path / "heard.db")
    assert sum(line.forgotten.items for line in store.erasures()) == len(erased)


def test_an_erasure_that_is_repeated_or_of_what_is_unknown_leaves_no_trace(store: SqliteStore) -> None:
    said = [scored(Crowd(1).item(number)) for number in range(3)]
    fill(store, said)
    keys = [one.mention.item.key for one in said[:2]]
    first = store.forget_items(keys, cause=Cause.UPSTREAM, noticed_at=NOON, now=NOON + HOUR)
    assert (first.items, first.mentions, first.digests) == (2, 2, 1)
    assert store.forget_items(keys, cause=Cause.UPSTREAM, noticed_at=NOON, now=NOON + HOUR) == Forgotten()
    assert store.forget_items(["x:0"], cause=Cause.REQUEST, noticed_at=NOON, now=NOON) == Forgotten()
    assert [line.forgotten for line in store.erasures()] == [first]
