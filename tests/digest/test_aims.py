"""Objectives and advice as a digest tells them: no line contradicts another, and every figure says what it is of."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.digest.compose import compose
from bot.digest.content.advice import advice_rows
from bot.digest.content.links import Links
from bot.digest.content.objectives import objective_rows, tally_text
from bot.digest.figures import as_set, measured
from bot.model import Audience, KeepVerdict, KeepWord
from bot.model.impact import Design, Lift, Measured, ObjectiveStanding, ObjectiveVerdict
from bot.model.measure import NET, SHARE
from tests.digest import made, sample

LINKS = Links("")
MET, MISSED = ObjectiveVerdict.MET, ObjectiveVerdict.MISSED
ON_TRACK, OFF_TRACK = ObjectiveVerdict.ON_TRACK, ObjectiveVerdict.OFF_TRACK


def of_offer(verdict: ObjectiveVerdict, rule: str | None = None) -> ObjectiveStanding:
    """An objective that is measured by the redemptions of an offer."""
    found = made.standing("truffles", verdict, 4.2, unit="redemptions a day", rule=rule)
    return replace(found, objective=replace(found.objective, measure={"metric": "redemptions", "offer": "moonlit"}))


def rows(*standings: ObjectiveStanding) -> list[dict[str, Any]]:
    return objective_rows(standings, "UTC", LINKS)


def advised(*standings: ObjectiveStanding, keeps: tuple[KeepVerdict, ...] = ()) -> list[tuple[str, str]]:
    return [(row["kind"], row["text"]) for row in advice_rows(rows(*standings), [], keeps, [], [], LINKS)]


def keep(word: KeepWord) -> KeepVerdict:
    return KeepVerdict("moonlit", "Free truffle", word)


@pytest.mark.parametrize(
    ("verdict", "word", "kind"),
    [
        (MET, KeepWord.STOP, "change"),
        (ON_TRACK, KeepWord.CHANGE, "change"),
        (MET, KeepWord.KEEP, "continue"),
        (ON_TRACK, KeepWord.SCALE, "continue"),
        (MISSED, KeepWord.KEEP, "change"),
        (OFF_TRACK, KeepWord.CHANGE, "change"),
        (MET, KeepWord.TOO_EARLY, "continue"),
        (MET, KeepWord.CANNOT_SAY, "continue"),
    ],
)
def test_an_objective_never_says_to_continue_what_its_offer_says_to_stop(
    verdict: ObjectiveVerdict, word: KeepWord, kind: str
) -> None:
    found = advised(of_offer(verdict), keeps=(keep(word),))
    assert [said for said, text in found if "‘People know" in text] == [kind]
    assert not {"stop", "continue"} <= {said for said, _ in found}


def test_where_offer_and_objective_ask_for_different_things_both_are_told() -> None:
    (stop, decide) = advised(of_offer(MET, rule="Keep it while people come."), keeps=(keep(KeepWord.STOP),))
    assert stop == ("stop", "offer ‘Free truffle’, stop it.")
    assert decide[1] == (
        "how to go on for ‘People know about truffles’, Ann: met (4.200 [4.160, 4.240]). Its offer ‘Free truffle’: stop it."
        " The rule that was set: “Keep it while people come.”"
    )


def test_measuring_is_to_be_started_only_where_nothing_was_measured() -> None:
    nothing = made.standing("school", ObjectiveVerdict.CANNOT_TELL, None)
    few = replace(nothing, measured=replace(nothing.measured, n=4, why="only 4 stories, 20 are needed"))
    assert advised(nothing) == [("start", "measuring it for ‘People know about school’, Ann: nobody looked.")]
    assert advised(few) == []
    assert advised(made.standing("school", ObjectiveVerdict.CANNOT_TELL, 0.1)) == []


@pytest.mark.parametrize(("value", "kind"), [(0.3, "continue"), (-0.3, "change")])
def test_a_lift_asks_for_something_only_where_it_is_found(value: float, kind: str) -> None:
    lift = Lift("fair", "stories", Design.CONTROL, "its", "", value, value - 0.1, value + 0.1, text="So it moved.")
    unclear = replace(lift, low=-0.5, high=0.5)
    assert [row["kind"] for row in advice_rows([], [], [], [lift, unclear], [], LINKS)] == [kind]


def test_a_target_is_told_as_it_was_set_and_in_its_unit() -> None:
    (row,) = rows(of_offer(MET))
    assert row["target_text"].endswith("0.15 or more redemptions a day")
    found = made.standing("growers", MET, 0.3)
    down = replace(found, objective=replace(found.objective, direction="down", target=0.125))
    assert rows(down)[0]["target_text"].startswith("12.5 % or less")
    assert (as_set(0.29, SHARE), as_set(-0.25, NET), as_set(1_234_567, "clicks a day")) == (
        "29 %",
        "−0.25",
        "1,234,567",
    )


def test_what_was_counted_and_not_sampled_comes_without_a_range() -> None:
    assert measured(0.94, 0.94, 0.94, SHARE) == "94 %"
    assert measured(5.0, 5.0, 5.0, "clicks a day") == "5"
    assert measured(0.94, 0.9, 0.97, SHARE) == "94.0 % [90.0, 97.0]"


def test_an_unknown_value_is_no_number_anywhere_in_its_row() -> None:
    nothing = made.standing("school", ObjectiveVerdict.CANNOT_TELL, None)
    (row,) = rows(nothing)
    assert (row["value"], row["low"], row["high"], row["figure"], row["why"]) == (
        None, None, None, "not known", "nobody looked",
    )  # fmt: skip
    assert row["projected"] is None


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        ((), ""),
        ((MET,), "1 objective: 1 met"),
        ((ObjectiveVerdict.CANNOT_TELL,), "1 objective: nothing can be told yet"),
        ((ObjectiveVerdict.CANNOT_TELL,) * 2, "2 objectives: nothing can be told yet"),
        ((MET, MISSED, MET, OFF_TRACK), "4 objectives: 1 missed, 1 off track, 2 met"),
        ((ON_TRACK, ObjectiveVerdict.CANNOT_TELL), "2 objectives: 1 cannot tell yet, 1 on track"),
    ],
)
def test_the_tally_reads_well_with_none_one_and_many(verdicts: tuple[ObjectiveVerdict, ...], said: str) -> None:
    assert tally_text(rows(*(made.standing("growers", one, 0.3) for one in verdicts))) == said


def test_ranges_of_objectives_are_said_to_be_wider_than_those_of_the_rest() -> None:
    assert (
        "those of objectives are wider, so that reviews seldom err" in compose(made.given(Audience.EXECUTIVE))["method"]
    )
    assert "objectives" not in compose(sample.given())["method"]


def test_a_subject_line_without_room_for_the_offers_name_counts_all_offers() -> None:
    """44 of one offer must not read as all that was redeemed."""
    whole = next(offer for offer in sample.given().offers if offer.placement is None)
    other = replace(whole, offer="card", name="Parcel card", in_window=7)
    body = compose(sample.given(offers=(whole, other)))
    assert body["subject_line"].endswith(f"· {whole.in_window + 7} redeemed")


def test_measured_points_keep_their_own_windows() -> None:
    (row,) = rows(made.standing("growers", MET, 0.3))
    assert [point["value"] for point in row["trend"]] == [0.29, 0.28, 0.27]
    empty = Measured(sample.WINDOW.interval, None, why="dark")
    assert rows(replace(made.standing("growers", MET, 0.3), trend=(empty,)))[0]["trend"][0]["value"] is None
