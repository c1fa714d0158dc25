"""Share of voice: like for like or said so, with intervals that know of bursts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import multinomial_proportions_confint

from bot.impact.share_of_voice import HISTORY, Told, by_others, share_of_voice
from bot.impact.voice_alike import Ground, SourceLook, common_ground
from bot.model import Interval, Subject
from bot.model.impact import ShareOfVoice, VoiceShare
from bot.ports.voice_store import ToldStory
from bot.rates import wilson

END = datetime(2026, 3, 2, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WEEK = Interval(END - 7 * DAY, END)
BEFORE = Interval(END - 14 * DAY, END - 7 * DAY)
CRUMB = Subject("crumb", "Velvet Crumb", "crumb")
SUGAR = Subject("sugar", "Sugar Loft", "sugar", own=False)
LANTERN = Subject("lantern", "Cocoa Lantern", "lantern", own=False)
ALWAYS = (Interval(END - 2 * HISTORY, END),)
PRESS = SourceLook("press", ALWAYS)


def told(
    crumb: int, sugar: int, *, window: Interval = WEEK, source: str = "press", lantern: int = 0
) -> list[ToldStory]:
    """So many stories of each subject, spread evenly over the window."""
    length = window.end - window.start
    return [
        ToldStory(
            subject, f"{subject}-{source}-{window.start:%d}-{n}", source, window.start + length * (n + 0.5) / number
        )
        for subject, number in (("crumb", crumb), ("sugar", sugar), ("lantern", lantern))
        for n in range(number)
    ]


def shares(now: list[ToldStory], **more: object) -> ShareOfVoice:
    """Over a calm history, in which the subjects have the same shares every day."""
    given: dict[str, object] = {
        "before": None,
        "ground": Ground((PRESS,)),
        "subjects": (CRUMB, SUGAR),
        "previous": None,
    }
    given |= more
    history = told(8 * 84, 8 * 84, window=Interval(END - HISTORY, END))
    return share_of_voice(
        given["subjects"],
        Told(now, given["before"], history),
        given["ground"],
        WEEK,
        given["previous"],
    )


def test_a_share_is_of_all_stories_about_the_compared_subjects() -> None:
    found = shares(told(30, 70))
    assert [(one.subject, one.stories, one.share) for one in found.shares] == [("crumb", 30, 0.3), ("sugar", 70, 0.7)]
    assert found.alike
    assert found.own is not None
    assert found.own.share == 0.3
    assert found.text.startswith("Velvet Crumb had 30 % [")
    assert "100 stories at press" in found.text


def test_a_story_is_counted_once_wherever_and_however_often_it_is_told() -> None:
    copies = [
        *told(30, 70),
        *(one._replace(source="blogs", told_at=one.told_at + HOUR) for one in told(30, 70)),
    ]
    found = shares(copies, ground=Ground((PRESS, SourceLook("blogs", ALWAYS))))
    assert [one.stories for one in found.shares] == [30, 70]
    assert found.sources == ("press", "blogs")


def test_what_the_subject_wrote_itself_is_not_others() -> None:
    stories = told(2, 1)
    assert by_others(stories, {"crumb": frozenset({stories[0].story}), "sugar": frozenset()}) == tuple(stories[1:])
    theirs = frozenset({stories[0].story})
    assert by_others(stories, {"sugar": theirs}) == tuple(stories)


def test_under_twenty_stories_it_is_too_few_to_say() -> None:
    found = shares(told(9, 10))
    assert [one.share for one in found.shares] == [None, None]
    assert found.text == "Share of voice: too few to say (19 stories at press)."
    assert shares(told(10, 10)).shares[0].share == 0.5


@pytest.mark.parametrize(
    ("subjects", "missing"), [((CRUMB,), "competitor"), ((SUGAR,), "of your own"), ((), "of your own")]
)
def test_without_both_sides_there_is_nothing_to_compare(subjects: tuple[Subject, ...], missing: str) -> None:
    found = shares(told(30, 70), subjects=subjects)
    assert found.shares == ()
    assert not found.alike
    assert missing in found.why


def test_a_calm_series_has_wilsons_interval_and_bursts_widen_it() -> None:
    calm = shares(told(30, 70))
    assert calm.dispersion == 1.0
    low, high = wilson(30, 100)[1:]
    assert calm.shares[0].low is not None
    assert calm.shares[0].high is not None
    assert calm.shares[0].low <= low
    assert calm.shares[0].high >= high
    bursts = [one for week in range(12) for one in _burst(week, "crumb" if week % 2 else "sugar")]
    wild = share_of_voice((CRUMB, SUGAR), Told(told(30, 70), None, bursts), Ground((PRESS,)), WEEK)
    assert wild.dispersion > 10
    assert _width(wild.shares[0]) > 2 * _width(calm.shares[0])


def test_a_young_series_is_taken_to_cluster() -> None:
    young = share_of_voice((CRUMB, SUGAR), Told(told(30, 70), None, told(30, 70)), Ground((PRESS,)), WEEK)
    assert young.dispersion >= 4


def test_several_subjects_have_goodmans_intervals_which_hold_at_once() -> None:
    counts = (40, 30, 30)
    theirs = multinomial_proportions_confint(counts, method="goodman")
    z = 2.3939797998185104  # of .05 / 3 on two sides
    for count, (low, high) in zip(counts, theirs, strict=True):
        assert wilson(count, 100, z)[1:] == pytest.approx((low, high))
    found = shares(told(40, 30, lantern=30), subjects=(CRUMB, SUGAR, LANTERN))
    assert sum(one.share or 0 for one in found.shares) == pytest.approx(1)
    assert _width(found.shares[0]) >= theirs[0][1] - theirs[0][0]


def test_the_change_has_the_interval_of_the_difference() -> None:
    found = shares(told(50, 50), before=told(30, 70, window=BEFORE), previous=BEFORE)
    crumb = found.shares[0]
    assert crumb.change == pytest.approx(0.2)
    assert crumb.change_low is not None
    assert crumb.change_high is not None
    assert crumb.change_low < 0.2 < crumb.change_high
    assert crumb.change_high - crumb.change_low > _width(crumb)
    assert "+20 points [" in found.text
    assert [one.share for one in found.previous] == [0.3, 0.7]


def test_the_change_is_that_at_sources_looked_at_throughout_both_windows() -> None:
    late = SourceLook("blogs", (Interval(WEEK.start, END),))
    now = [*told(20, 80), *told(80, 20, source="blogs")]
    found = shares(now, before=told(20, 80, window=BEFORE), previous=BEFORE, ground=Ground((PRESS, late)))
    assert found.shares[0].share == 0.5
    assert found.shares[0].change == pytest.approx(0.0)
    assert "the change is counted at press only, well covered in both periods" in found.why


def test_a_source_is_looked_at_throughout_only_where_its_feeds_are() -> None:
    """One of two feeds went dark: the source still brings stories, but fewer than in the window before."""
    half = SourceLook("blogs", ALWAYS, parts=(ALWAYS, (Interval(END - 2 * HISTORY, WEEK.start),)))
    assert (half.share_of(BEFORE), half.share_of(WEEK)) == (1.0, 0.5)
    now = [*told(20, 80), *told(80, 20, source="blogs")]
    found = shares(now, before=told(20, 80, window=BEFORE), previous=BEFORE, ground=Ground((PRESS, half)))
    assert found.shares[0].share == 0.5, "what it brings is counted"
    assert found.shares[0].change == pytest.approx(0.0)
    assert "the change is counted at press only, well covered in both periods" in found.why


def test_without_a_steady_source_there_is_no_change() -> None:
    late = SourceLook("press", (Interval(WEEK.start, END),))
    found = shares(told(30, 70), before=told(30, 70, window=BEFORE), previous=BEFORE, ground=Ground((late,)))
    assert found.shares[0].share == 0.3
    assert found.shares[0].change is None


def test_stories_from_times_that_were_not_looked_at_are_not_counted() -> None:
    half = SourceLook("press", (Interval(END - 3.5 * DAY, END),))
    assert [one.stories for one in shares(told(30, 70), ground=Ground((half,))).shares] == [15, 35]


def _ground(*looks: SourceLook, found: dict[str, datetime] | None = None, **more: object) -> Ground:
    first = {"crumb": END - 100 * DAY, "sugar": END - 100 * DAY} if found is None else found
    limits = more.get("limits", {})
    return common_ground((CRUMB, SUGAR), looks, WEEK, first_found=first, limits=limits)


@pytest.mark.parametrize(
    ("look", "why"),
    [
        (SourceLook("alerts", ALWAYS, names=frozenset({"crumb"})), "it is set up to look for Velvet Crumb only"),
        (
            SourceLook("alerts", ALWAYS, lost=frozenset({"sugar"})),
            "cannot be asked for all that the query of Sugar Loft",
        ),
        (
            SourceLook("alerts", ALWAYS, strict=frozenset({"crumb"})),
            "there Velvet Crumb counts only beside a companion",
        ),
        (SourceLook("alerts", ()), "it was not looked at in this time"),
    ],
)
def test_a_source_that_does_not_look_for_all_alike_is_left_out_and_named(look: SourceLook, why: str) -> None:
    ground = _ground(PRESS, look)
    assert [one.id for one in ground.sources] == ["press"]
    assert why in ground.left_out["alerts"]
    found = shares([*told(30, 70), *told(500, 0, source="alerts")], ground=ground)
    assert found.shares[0].share == 0.3
    assert found.alike
    assert "counted at press only: alerts is left out, for" in found.text


def test_a_source_that_names_all_of_them_is_alike() -> None:
    assert _ground(SourceLook("alerts", ALWAYS, names=frozenset({"crumb", "sugar"}))).left_out == {}


def test_without_a_common_source_there_is_no_share() -> None:
    found = shares(told(30, 70), ground=_ground(SourceLook("alerts", ALWAYS, names=frozenset({"crumb"}))))
    assert found.shares == ()
    assert found.why == "no source looks for all of them alike"
    assert "alerts" in found.left_out


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"crumb": END - 50 * DAY, "sugar": END - 2 * DAY}, "Sugar Loft was first found on 28 February 2026"),
        ({"crumb": END - 50 * DAY}, "Sugar Loft was never found yet"),
    ],
)
def test_a_subject_that_came_later_is_told(found: dict[str, datetime], said: str) -> None:
    ground = _ground(PRESS, found=found)
    assert said in ground.unlike[0]
    told_so = shares(told(30, 70), ground=ground)
    assert not told_so.alike
    assert "Not quite like for like" in told_so.text


def test_subjects_that_are_all_new_are_alike() -> None:
    assert _ground(PRESS, found={"crumb": END - DAY, "sugar": END - 2 * DAY}).unlike == ()


def test_queries_with_different_limits_and_late_readings_are_told() -> None:
    assert "that of Velvet Crumb to lang:en" in _ground(PRESS, limits={"crumb": frozenset({"lang:en"})}).unlike[0]
    both = {"crumb": frozenset({"lang:en"}), "sugar": frozenset({"lang:en"})}
    assert _ground(PRESS, limits=both).unlike == ()
    late = _ground(SourceLook("x", ALWAYS, late=frozenset({"sugar"})))
    assert "for want of money Sugar Loft was read once a day only at x" in late.unlike[0]


@given(st.lists(st.integers(0, 300), min_size=2, max_size=3), st.lists(st.integers(0, 300), min_size=2, max_size=3))
def test_shares_add_up_and_stay_in_their_bounds(now: list[int], before: list[int]) -> None:
    subjects = (CRUMB, SUGAR, LANTERN)[: len(now)]
    counts = [*now, 0, 0][:2], [*before, 0, 0][:2]
    found = shares(
        told(*counts[0], lantern=now[2] if len(now) > 2 else 0),
        before=told(*counts[1], window=BEFORE),
        previous=BEFORE,
        subjects=subjects,
    )
    known = [one for one in found.shares if one.share is not None]
    assert not known or sum(one.share or 0 for one in known) == pytest.approx(1)
    for one in known:
        assert one.low is not None
        assert one.high is not None
        assert 0 <= one.low <= (one.share or 0) + 1e-12
        assert (one.share or 0) - 1e-12 <= one.high <= 1
        assert one.change is None or -1 <= (one.change_low or 0) <= (one.change_high or 0) <= 1


def _burst(week: int, subject: str) -> list[ToldStory]:
    at = END - week * 7 * DAY - 3 * DAY
    return [ToldStory(subject, f"{week}-{n}", "press", at + n * HOUR) for n in range(20)]


def _width(share: VoiceShare) -> float:
    assert share.low is not None
    assert share.high is not None
    return share.high - share.low
