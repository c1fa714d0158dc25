from __future__ import annotations

import time
from dataclasses import replace

import pytest

from bot.digest.content.answers import kind_of, to_answer
from bot.digest.content.stories import earned, headline, ranked, told
from bot.digest.wording import reach_words
from bot.model import ItemKind, Outcome, Reach, ReachBasis
from tests.digest import sample
from tests.digest.sample import said

SUBJECTS = {subject.id: subject for subject in (sample.CRUMB, sample.COCOA)}


def order(*mentions: object, own: frozenset[str] = frozenset()) -> list[str]:
    return [story.id for story in ranked(mentions, SUBJECTS, own)]  # type: ignore[arg-type]


def test_copies_are_one_story_and_voices_are_counted_once() -> None:
    story = ranked(
        [said("a", "x", story="s"), said("b", "x", story="s"), said("c", "x", story="s", voice="other")], SUBJECTS, ()
    )[0]
    assert (story.items, story.voices) == (3, 2)


def test_one_item_about_two_own_subjects_is_one_item() -> None:
    other = replace(sample.CRUMB, id="truffle")
    first = said("a", "x", story="s")
    second = replace(first, mention=replace(first.mention, id="m2", subject="truffle"))
    story = ranked([first, second], {**SUBJECTS, "truffle": other}, ())[0]
    assert (story.items, story.voices) == (1, 1)


def test_the_strongest_score_leads_whatever_its_sign() -> None:
    assert order(said("mild", "x", tone=0.5, score=2.0), said("hard", "x", tone=-0.5, score=-2.1)) == ["hard", "mild"]


def test_what_hurts_outranks_praise_of_the_same_strength() -> None:
    assert order(said("praise", "x", tone=0.5, score=2.6), said("harm", "x", tone=-0.5, score=-2.0)) == [
        "harm",
        "praise",
    ]


def test_a_contradicted_message_hurts_even_in_a_friendly_tone() -> None:
    friendly = said("against", "x", tone=0.5, score=2.0, alignments=[("m", Outcome.CONTRARY, "x")])
    assert order(said("praise", "x", tone=0.5, score=2.6), friendly) == ["against", "praise"]


def test_many_voices_weigh_more_than_one() -> None:
    many = [said(f"v{place}", "x", story="many", voice=f"v{place}", score=1.0) for place in range(30)]
    assert order(said("one", "x", score=2.0), *many) == ["many", "one"]


def test_what_others_say_comes_before_ones_own_text() -> None:
    ours, theirs = said("ours", "x", score=9.0), said("theirs", "x", score=0.1)
    assert order(ours, theirs, own=frozenset({"ours"})) == ["theirs", "ours"]


def test_a_reprint_is_own_text_on_a_day_when_the_release_itself_is_not_told() -> None:
    reprint = said(
        "reprint", "x", title="We open", story="s", outlet="paper.example", voice="Paper", tone=0.9, score=9.0
    )
    story = ranked([reprint, said("theirs", "x", score=0.1)], SUBJECTS, {"s"})[1]
    assert (story.id, story.own_text) == ("s", True)
    assert earned([reprint], SUBJECTS, {"s"}) == ()
    assert earned([reprint], SUBJECTS, ()) == (reprint,)


def test_praise_that_the_subject_passes_on_stays_earned_but_the_passing_on_does_not_count() -> None:
    praise = said("praise", "x", story="s")
    passed_on = said("repost", "x", story="s", kind=ItemKind.REPOST, flags=("owned",))
    assert earned([praise, passed_on], SUBJECTS, ()) == (praise,)
    assert not ranked([praise, passed_on], SUBJECTS, ())[0].own_text
    assert ranked([passed_on], SUBJECTS, ())[0].own_text


def test_competitors_make_no_stories() -> None:
    assert order(said("rival", "x", subject=sample.COCOA.id)) == []


def test_equal_stories_keep_a_stable_order() -> None:
    assert order(said("b", "x"), said("a", "x")) == order(said("a", "x"), said("b", "x")) == ["a", "b"]


def test_the_article_leads_over_its_copies() -> None:
    copy = said("a-copy", "Short", story="s", kind=ItemKind.REPOST, score=1.0)
    piece = said("b-piece", "Text", title="The title", story="s", kind=ItemKind.ARTICLE, score=1.0)
    assert headline(ranked([copy, piece], SUBJECTS, ())[0].lead) == "The title"


def test_an_item_without_words_has_a_headline_all_the_same() -> None:
    assert headline(said("a", "\u200b\n")) == "(no text)"


def test_an_unknown_reach_is_null_and_said() -> None:
    row = told(ranked([said("a", "x")], SUBJECTS, ())[0], sample.reach_of)
    assert (row["reach"], row["reach_low"], row["reach_basis"]) == (None, None, "unknown")
    assert "reach unknown" in row["why"]


def test_the_story_reach_asks_for_all_its_mentions() -> None:
    asked: list[int] = []

    def reach_of(mentions: object) -> tuple[Reach, int]:
        asked.append(len(mentions))  # type: ignore[arg-type]
        return Reach(23_862, 18_000, 31_633, ReachBasis.ESTIMATED, "story"), 1

    row = told(ranked([said("a", "x", story="s"), said("b", "x", story="s")], SUBJECTS, ())[0], reach_of)
    assert asked == [2]
    assert (row["reach"], row["reach_low"], row["reach_high"]) == (24_000, 18_000, 32_000)


def test_a_reach_says_of_how_many_voices_it_is_known() -> None:
    crowd = [said(f"v{place}", "x", story="s", voice=f"v{place}") for place in range(39)]
    crowd.append(said("known", "x", story="s", voice="known", reach=sample.estimated(1_200)))
    row = told(ranked(crowd, SUBJECTS, ())[0], sample.reach_of)
    assert "about 1,200 people (estimated, 400–3,600), known for 1 of 40 voices;" in row["why"]
    assert (row["voices"], row["voices_known"]) == (40, 1)
    assert "known for" not in told(ranked(crowd[-1:], SUBJECTS, ())[0], sample.reach_of)["why"]


def test_a_story_that_came_late_is_marked() -> None:
    late, on_time = said("a", "x", story="s", late=True), said("b", "x", story="s")
    assert told(ranked([late], SUBJECTS, ())[0], sample.reach_of)["facts"].endswith(" · came late")
    assert told(ranked([late, on_time], SUBJECTS, ())[0], sample.reach_of)["facts"].endswith(" · 1 came late")


@pytest.mark.parametrize(
    ("reach", "words"),
    [
        (sample.estimated(7_500), "about 7,500 people (estimated, 2,500–22,000)"),
        (Reach(12_340, None, None, ReachBasis.PLATFORM_REPORTED, "x.impr"), "shown about 12,000 times (as the platform reports)"),
        (Reach(1_200, 1_200, 1_200, ReachBasis.MEASURED, "bl.own"), "about 1,200 people (measured)"),
        (Reach(50_000, None, None, ReachBasis.POTENTIAL, "x.fol"), "up to 50,000 followers or subscribers (potential, not readers)"),
        (sample.UNKNOWN, "reach unknown"),
    ],
)  # fmt: skip
def test_reach_is_never_told_without_its_basis(reach: Reach, words: str) -> None:
    assert reach_words(reach) == words


def test_places_are_named_and_the_rest_counted() -> None:
    crowd = [said(f"v{place}", "x", story="s", outlet=f"site{place}.example", voice=str(place)) for place in range(5)]
    assert (
        "on site0.example, site1.example and 3 more places"
        in told(ranked(crowd, SUBJECTS, ())[0], sample.reach_of)["why"]
    )


@pytest.mark.parametrize(
    ("mention", "kind"),
    [
        (said("a", "It was stale.", tone=-0.6), "complaint"),
        (said("a", "Why was it stale?", tone=-0.6), "complaint"),
        (said("a", "Are you open on Sundays? I hope so."), "question"),
        (said("a", "Offen am Sonntag?!"), "question"),
        (said("a", "Look https://shop.example/?q=1"), None),
        (said("a", "Wait https://shop.example/?"), None),
        (said("a", "Thank you for the truffle!", tone=0.8), "thanks"),
        (said("a", "No thanks.", tone=0.0), None),
        (said("a", "Thanksgiving menu", tone=0.8), None),
        (said("a", "Nice.", tone=0.8), None),
        (said("a", "Is it good?", kind=ItemKind.ARTICLE), None),
        (said("a", "Is it good?", kind=ItemKind.REPOST), None),
        (said("a", "?" * 50_000), None),
        (said("a", "Open" + " " * 200 + "?"), "question"),
        (said("a", "Open. ?"), None),
        (said("a", "開いていますか？"), "question"),
    ],
)
def test_who_wants_an_answer_follows_plain_rules(mention: sample.ScoredMention, kind: str | None) -> None:
    assert kind_of(mention) == kind


@pytest.mark.parametrize("text", ["a" * 5000, "a, " * 2000, "a? b" * 1500, "? " * 3000, "-? " * 2000])
def test_no_text_takes_long_to_be_told_from_a_question(text: str) -> None:
    asked, took = said("a", text), []
    for _ in range(3):  # the best of them: others use the machine too
        began = time.process_time()
        kind_of(asked)
        took.append(time.process_time() - began)
    assert min(took) < 0.1  # 0.25 s, when it looked on from every letter


def test_a_story_is_answered_once_and_own_posts_never() -> None:
    mentions = [
        said("a", "Open on Sundays?", story="s"),
        said("b", "Open on Sundays?", story="s"),
        said("c", "Do you like truffles?", flags=("owned",)),
    ]
    rows, wanting = to_answer(earned(mentions, SUBJECTS, ()))
    assert (len(rows), wanting) == (1, {"complaint": 0, "question": 1, "thanks": 0})


def test_complaints_and_questions_are_listed_before_thanks_and_all_are_counted() -> None:
    asked = [said(f"q{place}", "Open on Sundays?") for place in range(7)]
    angry = [said(f"c{place}", "It melted.", tone=-0.5) for place in range(4)]
    kind = [said(f"t{place}", "Thank you, all of you.", tone=0.9) for place in range(3)]

    found = to_answer([*kind, *asked, *angry])
    assert [row["kind"] for row in found.rows] == ["complaint"] * 3 + ["question"] * 3
    assert found.counts == {"complaint": 4, "question": 7, "thanks": 3}
    assert found.more == "and 8 more mentions: 1 complaint, 4 questions and 3 thanks"

    found = to_answer([*kind, *asked[:1], *angry])
    assert [row["kind"] for row in found.rows] == ["complaint"] * 4 + ["question", "thanks"], "no room is left empty"
    assert found.more == "and 2 more mentions: 2 thanks"
    assert to_answer(asked[:6]).more == ""
