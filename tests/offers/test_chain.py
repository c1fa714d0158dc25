"""The chain: stories once, voices once, kinds of reach apart, redemptions by day and placement, and no more said than known."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.digest.wording import reach_words
from bot.model import (
    Chain,
    ChainDay,
    ChainStory,
    EventKind,
    Interval,
    Named,
    Offer,
    OfferEvent,
    OfferKind,
    Reach,
    ReachBasis,
    Sighting,
    Standing,
)
from bot.offers.tracing.chain import reach_by_kind, trace
from bot.score.bracket import story_reach
from tests.offers.test_leaks import leaks_of
from tests.offers.verdicts.ledgers import history_of
from tests.support.counts import examples

START = datetime(2026, 3, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WINDOW = Interval(START, START + 7 * DAY)
OFFER = Offer("o", "Truffle", OfferKind.CODE_PHRASE, "moon of ganache")
MEASURED, ESTIMATED = ReachBasis.MEASURED, ReachBasis.ESTIMATED


def a_reach(value: float, basis: ReachBasis = ESTIMATED) -> Reach:
    return Reach(value, value / 2, value * 2, basis, "m")


def seen(number: int, at: datetime = START + HOUR, **changes: object) -> Sighting:
    made = Sighting("o", Named.CODE, "moon of ganache", f"rss:{number}", f"site{number}.example", at, at,
                    voice=f"v{number}", story=f"s{number}", headline=f"On {number}")  # fmt: skip
    return replace(made, **changes)


def redeemed(name: str, at: datetime, placement: str | None = "till", code: str = "moon of ganache") -> OfferEvent:
    return OfferEvent(name, "o", EventKind.REDEEMED, at, code, placement)


def a_chain(sightings: list[Sighting], events: list[OfferEvent] = [], offer: Offer = OFFER, zone: str = "UTC") -> Chain:  # noqa: B006 never changed
    leaks = leaks_of([offer], sightings, events)
    taints = {leak.code: leak.since for leak in leaks}
    inside = [one for one in events if one.kind is not EventKind.REDEEMED or WINDOW.start <= one.at < WINDOW.end]
    return trace(
        offer,
        sightings,
        history_of(offer.id, inside, taints, ZoneInfo(zone)).redeemed,
        leaks,
        window=WINDOW,
        word=lambda day, _place: "provisional" if day >= date(2026, 3, 15) else "final",
        reach_of=story_reach,
    )


def test_the_line_says_what_came_together() -> None:
    sightings = [*(seen(n) for n in range(1, 6)), seen(9, START - DAY), seen(10, outlet="site9.example")]
    sightings = [replace(one, outlet="site9.example") if one.item != "rss:5" else one for one in sightings]
    events = [redeemed(f"r{n}", START + n * HOUR) for n in range(39)] + [
        redeemed(f"l{n}", START + 6 * DAY + HOUR) for n in (1, 2)
    ]
    chain = a_chain(sightings, events)
    assert chain.line == "41 redeemed (2 provisional), 6 stories named it, 1 new place"
    assert (chain.redeemed, chain.provisional, len(chain.named_by)) == (41, 2, 6)
    assert chain.new_places == ("site5.example",)


def test_copies_are_one_story_with_each_voice_once() -> None:
    copies = [seen(n, START + n * HOUR, story="s", voice=voice) for n, voice in ((1, "a"), (2, "b"), (3, "a"))]
    (story,) = a_chain([*copies, replace(copies[0], named=Named.NAME, code="")]).stories
    assert (story.posts, story.voices, story.first_at, story.headline) == (3, 2, START + HOUR, "On 1")
    assert story.named == (Named.CODE, Named.NAME)


def test_a_voice_counts_once_with_its_best_kind_and_kinds_are_never_added() -> None:
    sightings = [
        seen(1, voice="a", reach=a_reach(100)),
        seen(2, voice="a", reach=a_reach(300)),
        seen(3, voice="b", reach=a_reach(50)),
        seen(4, voice="b", reach=a_reach(10, MEASURED)),
        seen(5, voice="c"),
        seen(6, voice="own", standing=Standing.OWN, reach=a_reach(9e9, MEASURED)),
    ]
    chain = a_chain(sightings)
    assert {kind: reach.value for kind, reach in chain.reach.items()} == {MEASURED: 10, ESTIMATED: 300}
    assert chain.unknown_voices == 1


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abcd"),
            st.floats(1, 1e6),
            st.sampled_from([kind for kind in ReachBasis if kind is not ReachBasis.UNKNOWN]),
        ),
        max_size=12,
    )
)
@settings(max_examples=examples(60), deadline=None)
def test_each_kind_lies_between_its_largest_voice_and_the_sum_of_its_voices(rows: list) -> None:
    sightings = [seen(n, voice=voice, reach=a_reach(value, kind)) for n, (voice, value, kind) in enumerate(rows)]
    found, unknown = reach_by_kind(sightings, story_reach)
    assert unknown == 0
    for kind, reach in found.items():
        values = [value for _, value, other in rows if other is kind]
        assert reach.value is not None
        assert min(values) * 0.999 <= reach.value <= sum(values) * 1.001


def test_days_are_local_and_what_was_given_back_or_is_outside_the_window_does_not_count() -> None:
    events = [
        redeemed("a", START + 23 * HOUR + timedelta(minutes=30)),
        redeemed("b", START + DAY, None),
        redeemed("c", START + DAY),
        OfferEvent("back", "o", EventKind.ROLLED_BACK, START + 9 * DAY, "moon of ganache", refers_to="c"),
        redeemed("d", START - HOUR),
        redeemed("e", WINDOW.end),
        replace(redeemed("f", START + DAY), offer="other"),
    ]
    rows = a_chain([], events, zone="Europe/Berlin").days
    assert rows == (ChainDay(date(2026, 3, 10), None, 1, "final"), ChainDay(date(2026, 3, 10), "till", 1, "final"))


def test_redemptions_after_a_leak_are_shown_apart() -> None:
    leak = seen(1, START + 2 * DAY, standing=Standing.OUTSIDE)
    chain = a_chain([leak], [redeemed("a", START + DAY), *(redeemed(n, START + 3 * DAY) for n in "bc")])
    assert [(row.redeemed, row.after_leak) for row in chain.days] == [(1, 0), (2, 2)]
    assert chain.line.endswith("2 redeemed after a leak")
    assert len(chain.leaks) == 1


def test_an_empty_chain_says_so() -> None:
    chain = a_chain([])
    assert chain.line == "0 redeemed, no stories named it, no new places"
    assert (chain.reach, chain.unknown_voices, chain.stories) == ({}, 0, ())


def test_it_never_claims_a_cause() -> None:
    assert a_chain([]).caveat.startswith("Not causal")
    caveat = a_chain([], offer=replace(OFFER, control="no-offer")).caveat
    assert caveat.startswith("Not causal")
    assert "'no-offer', but nothing is held against it yet" in caveat


def test_nobody_who_redeemed_is_in_it() -> None:
    """Joined by code, placement and day: no field could hold a customer, an order or an account."""
    event = replace(
        redeemed("secret-id", START + HOUR), customer="secret-customer", order="secret-order", actor="secret-actor"
    )
    assert "secret" not in repr(a_chain([seen(1)], [event]))
    names = {field.name for kind in (Chain, ChainStory, ChainDay) for field in fields(kind)}
    assert not names & {"customer", "order", "actor", "redemption", "redeemer"}


def test_a_post_is_told_by_where_it_stands() -> None:
    post = {"headline": "", "url": "https://x.example/1", "handle": "ann", "outlet": "x.com"}
    (story,) = a_chain([seen(1, **post)]).stories
    assert story.title == "A post at @ann"
    assert a_chain([seen(1)]).stories[0].title == "On 1"
    assert a_chain([seen(1, **post | {"url": None, "handle": None})]).stories[0].title == "A post whose words are gone"


def test_what_a_platform_showed_is_no_number_of_people() -> None:
    kind = ReachBasis.PLATFORM_REPORTED
    reach = a_chain([seen(n, reach=a_reach(1000, kind)) for n in (1, 2)]).reach[kind]
    assert reach.basis is ESTIMATED, "of two voices it is a model of its own"
    assert reach_words(reach, kind) == "shown about 1,400 times (estimated from what the platform reports, 1,000–2,000)"
    one = a_chain([seen(1, reach=a_reach(1000, kind))]).reach[kind]
    assert reach_words(one, kind) == "shown about 1,000 times (as the platform reports, 500–2,000)"
