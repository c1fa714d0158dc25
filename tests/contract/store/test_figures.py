"""What holds of figures over time, whatever the database: snapshots at set ages, observations that do not change."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.model import Author, Calibration, Observation, Page, ReachBasis, ScoringContext, Snapshot
from bot.ports import Store
from tests.contract.store.conftest import REFUSED
from tests.support.samples import BLOGS, DAY, HOUR, NOON, OTHER, a_mention, a_score, an_item

BORN = NOON - HOUR


@pytest.fixture(autouse=True)
def _targets(store: Store) -> None:
    store.add_targets([BLOGS, OTHER], NOON)


def read(store: Store, at: datetime, target=BLOGS, **changes: object):
    item = an_item(**changes)
    store.save_page(target, Page(items=(item,)), [a_mention(item)], at, at + HOUR)
    return item


def taken(store: Store, key: str = "rss:1") -> dict[str, tuple[float | None, datetime]]:
    known = store.known([key])[key]
    return {one.age: (one.metrics.get("score"), one.read_at) for one in known.snapshots}


def test_figures_are_kept_at_the_first_reading_of_each_set_age(store: Store) -> None:
    for hours, score in ((0.5, 1.0), (2, 2.0), (3, 3.0), (30, 4.0), (100, 5.0), (170, 6.0), (180, 7.0), (400, 8.0)):
        read(store, BORN + hours * HOUR, metrics={"score": score})
    at = {age: moment for age, (_, moment) in taken(store).items()}
    assert {age: score for age, (score, _) in taken(store).items()} == {
        "1h": 2.0,
        "24h": 4.0,
        "72h": 5.0,
        "7d": 6.0,
        "14d": 8.0,
    }
    assert at["7d"] == BORN + 170 * HOUR
    assert store.known(["rss:1"])["rss:1"].item.metrics["score"] == 8.0


def test_an_item_without_a_date_or_figures_has_no_snapshots(store: Store) -> None:
    nobody = Author("Ada")
    read(store, NOON, published_at=None)
    read(store, NOON, key="rss:2", metrics={}, author=nobody)
    assert taken(store) == taken(store, "rss:2") == {}
    read(store, NOON, key="rss:2", metrics={}, author=replace(nobody, followers=0))
    assert store.known(["rss:2"])["rss:2"].snapshots == (Snapshot("1h", {}, 0, NOON),)


def test_a_reading_without_figures_tells_nothing_of_an_age(store: Store) -> None:
    read(store, NOON, metrics={"score": 1.0})
    read(store, BORN + 8 * DAY, OTHER, metrics={}, author=Author("Ada"))
    assert list(taken(store)) == ["1h"]


def test_figures_alone_leave_the_score_standing_and_let_its_reach_be_taken_anew(store: Store) -> None:
    item = read(store, NOON)
    mention = a_mention(item)
    score = a_score(mention)
    store.save_scores([score], NOON)
    read(store, NOON + DAY, metrics={"score": 9.0})
    assert [one.id for one in store.unscored(9)] == [mention.id]
    assert store.standing_scores([mention.id, "nobody"]) == {mention.id: score}
    store.save_scores([score], NOON)
    read(store, NOON + DAY, metrics={"score": 9.0})
    assert store.unscored(9) == ()


def test_another_title_or_author_leaves_no_score_standing(store: Store) -> None:
    item = read(store, NOON)
    store.save_scores([a_score(a_mention(item))], NOON)
    read(store, NOON + DAY, author=Author("Somebody else"))
    assert len(store.unscored(9)) == 1
    assert store.standing_scores([a_mention(item).id]) == {}


def test_once_settled_newer_figures_set_nothing_to_work(store: Store) -> None:
    item = read(store, NOON)
    store.save_scores([a_score(a_mention(item))], NOON)
    read(store, BORN + 7 * DAY)
    assert len(store.unscored(9)) == 1, "the same figures, but settled now"
    store.save_scores([a_score(a_mention(item))], NOON)
    read(store, BORN + 20 * DAY, metrics={"score": 99.0})
    assert store.unscored(9) == ()
    assert list(taken(store)) == ["1h", "7d", "14d"]


def test_snapshots_go_with_what_was_deleted_and_with_items_that_are_not_kept(store: Store) -> None:
    item = read(store, NOON)
    store.save_page(BLOGS, Page(removed=(item.key,)), (), NOON, NOON)
    assert store.known([item.key]) == {}
    read(store, NOON, key="rss:2")
    store.save_page(BLOGS, Page(items=(an_item(key="rss:2", text="nothing"),)), (), NOON, NOON)
    assert store.counts()["snapshots"] == 0
    assert store.integrity_check() == ()


def views(value: float, at: datetime = NOON, subject: str = "rss:1", **changes: object) -> Observation:
    parts = ("views", subject, "Matomo", "bl.own", "1", "views", BORN, at, "UTC", value, value, value)
    return replace(Observation(*parts, ReachBasis.MEASURED, NOON), **changes)


def test_an_observation_is_read_back_and_written_once(store: Store) -> None:
    read(store, NOON)
    assert store.add_observations([views(0.1 + 0.2)]) == (1, 0)
    assert store.add_observations([views(0.1 + 0.2)]) == (0, 0)
    (kept,) = store.observations("rss:1")
    assert replace(kept, id=None) == views(0.1 + 0.2)
    assert store.known(["rss:1"])["rss:1"].measured == kept
    assert store.observations("other") == ()


def test_a_correction_stands_in_place_of_the_figure_before_which_is_kept(store: Store) -> None:
    read(store, NOON)
    assert store.add_observations([views(100.0), views(200.0)]) == (2, 1)
    assert store.add_observations([views(300.0)]) == (1, 1)
    (kept,) = store.observations("rss:1")
    assert kept.value == 300
    assert kept.supersedes is not None
    assert store.counts()["observations"] == 3


def test_the_last_that_was_measured_is_the_one_that_counts(store: Store) -> None:
    read(store, NOON)
    store.add_observations([views(200.0, NOON), views(100.0, NOON - HOUR / 2)])
    estimated = replace(views(900.0, NOON + DAY), basis=ReachBasis.ESTIMATED)
    store.add_observations([estimated, replace(views(7.0, NOON + DAY), metric_id="clicks", unit="clicks")])
    measured = store.known(["rss:1"])["rss:1"].measured
    assert measured
    assert measured.value == 200


def test_an_observation_lets_the_reach_be_taken_anew(store: Store) -> None:
    item = read(store, NOON)
    store.save_scores([a_score(a_mention(item))], NOON)
    store.add_observations([views(100.0)])
    assert len(store.unscored(9)) == 1
    assert list(store.standing_scores([a_mention(item).id])) == [a_mention(item).id]


def test_only_what_may_be_trained_on_teaches(store: Store) -> None:
    for number, trainable in ((1, True), (2, False)):
        item = an_item(number)
        store.save_page(BLOGS, Page(items=(item,)), [a_mention(item)], NOON, NOON, trainable=trainable)
        store.add_observations([views(100.0, subject=item.key)])
    ((mention, known),) = store.measured_mentions(NOON - HOUR, NOON + timedelta(seconds=1))
    assert (mention.item.key, known.measured and known.measured.value) == ("rss:1", 100)
    assert store.measured_mentions(NOON - HOUR, NOON) == ()


def test_items_go_by_their_mentions_id_their_key_and_their_address(store: Store) -> None:
    item = read(store, NOON)
    twin = read(store, NOON, key="rss:2")
    found = store.items_named([a_mention(item).id, "rss:2", item.url, "nobody"])
    assert {name: sorted(one.key for one in items) for name, items in found.items()} == {
        a_mention(item).id: ["rss:1"],
        "rss:2": ["rss:2"],
        item.url: ["rss:1", twin.key],
    }


def test_a_context_keeps_what_was_learnt(store: Store) -> None:
    fits = {"x.fol.taper": Calibration("ab12", 31, 1 / 3, 0.1 + 0.2, 7.0)}
    context = ScoringContext("2026-03", 12, {}, {"x": 0.5}, fits)
    assert store.save_context(context) == context == store.context("2026-03")


@pytest.mark.parametrize("statement", ["UPDATE snapshots SET age = '1h'", "DELETE FROM observations"])
def test_what_was_read_is_not_changed(store: Store, statement: str) -> None:
    read(store, NOON)
    store.add_observations([views(100.0)])
    with pytest.raises(REFUSED, match="append-only"), store._write() as db:  # type: ignore[attr-defined]
        db.execute(statement)
