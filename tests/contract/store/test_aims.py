"""What reviews of objectives and tagged links may rely on, whatever the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.model import Observation, ReachBasis
from bot.model.aims import Course, Decision, TrackedLink
from bot.model.impact import ObjectiveVerdict
from bot.ports import Store
from tests.contract.store.conftest import REFUSED
from tests.support.samples import NOON

DAY = timedelta(days=1)
REVIEW = Decision(
    "understood",
    NOON,
    ObjectiveVerdict.OFF_TRACK,
    Course.CHANGE,
    "too few heard it",
    "another paper",
    "ada",
    0.1,
    0.05,
    0.2,
)
LINK = TrackedLink(
    "0123456789ab", "https://shop.example/?utm_campaign=spring", "https://shop.example/", "spring", "letter", "email",
    NOON, activity="letter-1",
)  # fmt: skip


def test_reviews_are_kept_in_their_order_with_all_that_they_say(store: Store) -> None:
    second = replace(REVIEW, at=NOON + DAY, course=Course.STOP, value=None, low=None, high=None)
    other = replace(REVIEW, objective="other")
    for one in (REVIEW, other, second):
        store.add_decision(one)
    assert store.decisions("understood") == (REVIEW, second)
    assert store.decisions() == (REVIEW, other, second)
    assert store.decisions("nothing") == ()


def test_half_a_surrogate_in_a_reason_breaks_nothing(store: Store) -> None:
    store.add_decision(replace(REVIEW, reason="so\ud800so"))
    assert len(store.decisions()) == 1


def test_a_link_made_again_is_the_first_one(store: Store) -> None:
    assert store.add_link(LINK) == LINK
    again = replace(LINK, made_at=NOON + DAY, activity="another")
    assert store.add_link(again) == LINK
    assert store.links() == (LINK,)


@pytest.mark.parametrize("table", ["decisions", "links"])
def test_nothing_of_them_is_changed_or_taken_back(store: Store, table: str) -> None:
    store.add_decision(REVIEW)
    store.add_link(LINK)
    for statement in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}"):  # noqa: S608 names of our own
        with pytest.raises(REFUSED, match="append-only"), store._write() as db:  # type: ignore[attr-defined]
            db.execute(statement)


def figure(value: float, start: int, days: int = 1) -> Observation:
    begins = NOON + start * DAY
    return Observation(
        "clicks", "whole", "analytics", "events", "1", "clicks", begins, begins + days * DAY, "UTC", value, value, value,
        ReachBasis.MEASURED, NOON,
    )  # fmt: skip


def test_a_correction_takes_the_place_of_the_same_stretch_and_of_no_other(store: Store) -> None:
    day, week = figure(5, 6), figure(40, 0, 7)
    assert store.add_observations([day, week]) == (2, 0), "they end together, and are not the same"
    assert store.add_observations([figure(6, 6), week]) == (1, 1)
    assert [one.value for one in store.observations(metric="clicks")] == [40, 6]
