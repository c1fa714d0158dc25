from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import count

import numpy as np
import pytest

from bot.model import Alignment, Interval, KeyMessage, MessageStanding, Outcome, ScoredMention
from bot.score.rates import exact_share, mean_value, small_share, wilson
from bot.score.summary import summarise
from tests.score.made import FAIR, NOW, OWN, RIVAL, mention
from tests.support.samples import a_score

PERIOD = Interval(NOW - timedelta(days=7), NOW)
_numbers = count()


def told(
    outcome: Outcome, *, story: str = "", flags: tuple[str, ...] = (), confidence: float = 0.9, **changes: object
) -> ScoredMention:
    made = mention("Marzipan & Moon " + outcome.value, key=f"x:{next(_numbers)}", story=story, **changes)  # type: ignore[arg-type]
    quote = "" if outcome is Outcome.NONE else made.item.text
    alignment = Alignment("fair", outcome, confidence, quote, 0, len(quote))
    return ScoredMention(made, replace(a_score(made), alignments=(alignment,), flags=flags))


def many(full: int, partial: int, misframed: int, contrary: int, none: int) -> list[ScoredMention]:
    sizes = zip((Outcome.FULL, Outcome.PARTIAL, Outcome.MISFRAMED, Outcome.CONTRARY, Outcome.NONE),
                (full, partial, misframed, contrary, none), strict=True)  # fmt: skip
    return [told(outcome) for outcome, size in sizes for _ in range(size)]


def stand(mentions: list[ScoredMention], message: KeyMessage = FAIR, **more: object) -> MessageStanding:
    (found,) = summarise((message,), mentions, (OWN, RIVAL), period=PERIOD, **more)  # type: ignore[arg-type]
    return found


def test_the_worked_example_of_pull_through_comes_out() -> None:
    found = stand(many(22, 12, 1, 3, 82))
    assert (found.relevant, found.full, found.partial, found.misframed, found.contrary) == (120, 22, 12, 1, 3)
    assert (found.penetration, found.penetration_low, found.penetration_high) == pytest.approx(
        (0.283, 0.210, 0.370), abs=5e-4
    )
    assert (found.net_pull_through, found.low, found.high) == pytest.approx((0.204, 0.125, 0.283), abs=5e-4)
    assert (found.contrary_rate, found.contrary_low, found.contrary_high) == pytest.approx(
        (0.0333, 0.009, 0.083), abs=5e-4
    )


def test_a_rare_contradiction_has_the_exact_interval() -> None:
    assert small_share(4, 120) == pytest.approx((0.0333, 0.009, 0.083), abs=5e-4)
    assert small_share(0, 10).low == 0
    assert small_share(5, 120) == wilson(5, 120)


def test_the_mean_of_values_comes_out_as_worked_and_stays_in_its_range() -> None:
    assert mean_value([(1.0, 48), (0.0, 61), (-1.0, 21)]) == pytest.approx((0.208, 0.088, 0.328), abs=1e-3)
    assert mean_value([(1.0, 22), (0.5, 12), (0.0, 82), (-0.5, 1), (-1.0, 3)]) == pytest.approx(
        (0.204, 0.125, 0.283), abs=5e-4
    )
    assert mean_value([(1.0, 20)])[::2] == (1, 1)


def test_the_mean_of_fewer_than_fifty_values_has_the_interval_of_all_their_bootstraps() -> None:
    counts = {1.0: 4, 0.5: 3, 0.0: 20, -1.0: 2}
    of = sum(counts.values())
    one = np.zeros(5)
    for value, count_ in counts.items():
        one[round(2 * value) + 2] = count_ / of
    chances = np.array([1.0])
    for _ in range(of):
        chances = np.convolve(chances, one)
    sums = np.arange(len(chances)) / 2 - of
    low, high = (sums[np.searchsorted(np.cumsum(chances), tail)] / of for tail in (0.025, 0.975))
    found = mean_value(counts.items())
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.5 / of)
    assert found == mean_value(reversed(counts.items())), "the draws are the same each time"


@pytest.mark.parametrize("value", [-1.0, -0.5, 0.0, 0.5, 1.0])
def test_values_that_are_all_alike_leave_room_for_others(value: float) -> None:
    unseen = exact_share(0, 20).high
    found = mean_value([(value, 20)])
    assert found == pytest.approx((value, value - unseen * (value + 1), value + unseen * (1 - value)))
    assert -1 <= found.low < found.high <= 1
    wider, narrower = (mean_value([(value, of)]) for of in (20, 200))
    assert narrower.high - narrower.low < wider.high - wider.low


@pytest.mark.parametrize(
    ("target", "verdict"),
    [(0.2, "happening"), (0.5, "not happening"), (0.35, "cannot tell yet (needs about 75 more stories)")],
)
def test_the_verdict_comes_from_the_interval_against_the_target(target: float, verdict: str) -> None:
    found = stand(many(22, 12, 1, 3, 82), replace(FAIR, target=target))
    assert found.verdict == verdict


def test_what_nothing_would_settle_soon_is_not_promised() -> None:
    found = stand(many(30, 0, 0, 0, 70), replace(FAIR, target=0.3))
    assert found.verdict == "cannot tell yet (needs more than 10,000 more stories)"


def test_without_a_target_the_verdict_is_whether_more_carry_it_than_deny_it() -> None:
    assert stand(many(22, 12, 1, 3, 82)).verdict == "happening"
    assert stand(many(0, 0, 0, 20, 5)).verdict == "not happening"
    assert stand(many(1, 0, 0, 10, 20)).verdict == "not happening"
    assert stand(many(3, 0, 0, 2, 40)).verdict == "cannot tell yet"


@pytest.mark.parametrize(("carry", "of"), [(0, 20), (1, 20), (0, 50), (0, 500)])
def test_stories_of_which_none_carries_it_cannot_tell_more_than_with_one_that_does(carry: int, of: int) -> None:
    found = stand(many(carry, 0, 0, 0, of - carry))
    assert found.low is not None
    assert found.high is not None
    assert found.low < carry / of < found.high
    assert found.verdict == "cannot tell yet"


def test_all_for_it_or_all_against_it_is_told_even_so() -> None:
    assert stand(many(20, 0, 0, 0, 0)).verdict == "happening"
    assert stand(many(0, 0, 0, 20, 0)).verdict == "not happening"


def test_under_twenty_stories_there_is_no_percentage() -> None:
    found = stand(many(10, 0, 0, 0, 9))
    assert (found.relevant, found.verdict) == (19, "too few to say")
    assert (found.penetration, found.net_pull_through, found.low, found.high) == (None, None, None, None)
    assert stand([]).verdict == "too few to say"


def test_copies_count_once_by_their_strongest_outcome() -> None:
    found = stand([told(Outcome.NONE, story="s"), told(Outcome.FULL, story="s"), told(Outcome.PARTIAL, story="s")])
    assert (found.relevant, found.full, found.partial) == (1, 1, 0)


def test_own_posts_reprints_of_them_and_rivals_do_not_count() -> None:
    reprint = told(Outcome.FULL, story="release")
    rival = told(Outcome.FULL, subject="hut")
    mentions = [reprint, rival, told(Outcome.FULL, flags=("owned",))]
    assert stand(mentions, own_stories={"release"}).relevant == 0
    assert stand(mentions).relevant == 1


def test_praise_that_the_subject_passes_on_counts_for_the_one_who_said_it() -> None:
    found = stand([told(Outcome.FULL, story="s", flags=("owned",)), told(Outcome.PARTIAL, story="s")])
    assert (found.relevant, found.full, found.partial) == (1, 0, 1)


def test_a_mention_that_was_not_coded_for_a_message_is_not_relevant_to_it() -> None:
    assert stand([told(Outcome.FULL)], replace(FAIR, id="other")).relevant == 0


def test_evidence_is_every_contradiction_and_three_quotes_for_it() -> None:
    mentions = [told(Outcome.FULL, confidence=at / 10) for at in range(1, 6)]
    mentions += [
        told(Outcome.CONTRARY),
        told(Outcome.MISFRAMED),
        told(Outcome.PARTIAL, confidence=1.0),
        told(Outcome.NONE),
    ]
    evidence = stand(mentions).evidence
    outcomes = [piece.quote.rpartition(" ")[2] for piece in evidence]
    assert sorted(outcomes[:2]) == ["contrary", "misframed"]
    assert outcomes[2:] == ["full", "full", "full"]
    assert evidence[2].mention == mentions[4].mention.id


def test_the_period_before_is_named() -> None:
    before = stand(many(10, 0, 0, 0, 10))
    assert stand(many(1, 0, 0, 0, 0), previous=[before]).previous == 0.5
