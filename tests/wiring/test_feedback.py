"""What readers set right by a digest's links: counted at once, once a link, and never taken for a random sample."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import ConfigError
from bot.model import Counted, Interval, LabelKind, Outcome, ToneLabel
from bot.model.feedback import FROM_DIGEST, Judgement
from bot.wiring import App
from bot.wiring.tell.evidence import Wanted
from bot.wiring.tell.feedback import LinkState
from tests.support.evidence import BLAME, DAY, PRAISE, READER, TUESDAY, Newsroom

ALWAYS = Interval(TUESDAY, TUESDAY + 400 * DAY)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    made = Newsroom(tmp_path)
    yield made
    made.app.close()


def test_there_are_links_only_where_people_can_reach_the_pages(tmp_path: Path) -> None:
    hidden = Newsroom(tmp_path, public=False)
    assert hidden.app.feedback.links("d", READER, hidden.find(PRAISE)) == ()
    hidden.app.close()


def test_each_reader_has_links_of_their_own_and_no_address_stands_in_them(room: Newsroom) -> None:
    mention, other = room.find(PRAISE), room.find(BLAME)
    digest = room.told(mention, other)
    mine, yours = (room.app.feedback.links(digest.id, who, mention) for who in (READER, "ben@example.org"))
    assert [link.judgement for link in mine] == list(Judgement)
    assert not {link.url for link in mine} & {link.url for link in yours}
    assert all("rosa" not in link.url and "example.org" not in link.url.partition("/f/")[2] for link in mine)


def test_where_nothing_else_is_told_nobody_is_asked_whether_it_is_told_twice(room: Newsroom) -> None:
    mention = room.find(PRAISE)
    links = room.app.feedback.links(room.told(mention).id, READER, mention)
    assert Judgement.DUPLICATE not in {link.judgement for link in links}


def test_a_reader_sets_a_mention_aside_and_it_counts_no_more(room: Newsroom) -> None:
    mention, other = room.find(PRAISE), room.find(BLAME)
    token = room.token(room.told(mention, other), mention, Judgement.RELEVANT)
    assert room.app.feedback.answer(token, "no", None).state is LinkState.OPEN
    assert room.scored(mention).mention.relevance.relevant is False
    assert [row.mention.id for row in room.app.evidence.list(Wanted(subject="crumb")).rows] == [other]
    assert len(list(room.app.store.mentions(counted=Counted.NO))) == 1


def test_tone_and_message_are_as_the_reader_said_wherever_they_are_told(room: Newsroom) -> None:
    mention = room.find(BLAME)
    digest = room.told(mention, room.find(PRAISE))
    assert room.scored(mention).score.tone.label is ToneLabel.NEGATIVE
    room.app.feedback.answer(room.token(digest, mention, Judgement.TONE), "neutral", None)
    room.app.feedback.answer(room.token(digest, mention, Judgement.MESSAGE), "misframed", "by-hand")
    score = room.scored(mention).score
    assert score.tone.label is ToneLabel.NEUTRAL
    assert {one.message: one.outcome for one in score.alignments}["by-hand"] is Outcome.MISFRAMED


def test_an_answer_is_a_label_by_a_reader_whom_nobody_can_name(room: Newsroom) -> None:
    mention = room.find(BLAME)
    room.app.feedback.answer(room.token(room.told(mention), mention, Judgement.TONE), "positive", None)
    (label,) = room.app.store.labels(mention=mention)
    assert (label.kind, label.value, label.source) == (LabelKind.TONE, "positive", FROM_DIGEST)
    assert label.who.startswith("reader:")
    assert "rosa" not in label.who


def test_a_pair_called_one_story_is_kept_for_the_gold_set(room: Newsroom) -> None:
    mention, other = room.find(PRAISE), room.find(BLAME)
    token = room.token(room.told(mention, other), mention, Judgement.DUPLICATE)
    room.app.feedback.answer(token, "yes", other)
    (label,) = room.app.store.labels(mention=mention)
    assert (label.kind, label.value, label.about) == (LabelKind.DUPLICATE, "yes", other)


def test_what_was_counted_as_one_story_can_be_told_apart(room: Newsroom) -> None:
    mention, copy, other = room.find(PRAISE, story="s"), room.find(PRAISE, story="s"), room.find(BLAME)
    token = room.token(room.told(mention, other), mention, Judgement.DUPLICATE)
    question = room.app.feedback.look(token).question
    assert question is not None
    assert {(choice.value, choice.about) for group in question.groups for choice in group.choices} == {
        ("yes", other),
        ("no", copy),
    }


def test_a_link_is_used_once_and_the_second_answer_changes_nothing(room: Newsroom) -> None:
    mention = room.find(BLAME)
    token = room.token(room.told(mention), mention, Judgement.TONE)
    room.app.feedback.answer(token, "neutral", None)
    again = room.app.feedback.answer(token, "positive", None)
    assert again.state is LinkState.USED
    assert again.said is not None
    assert again.said.value == "neutral"
    assert room.scored(mention).score.tone.label is ToneLabel.NEUTRAL
    assert len(list(room.app.store.labels())) == 1


def test_answers_by_one_link_at_the_same_time_count_once(room: Newsroom) -> None:
    mention = room.find(BLAME)
    token = room.token(room.told(mention), mention, Judgement.TONE)
    start, found = Barrier(4), list[LinkState]()

    def answer(value: str) -> None:
        start.wait()
        found.append(room.app.feedback.answer(token, value, None).state)

    threads = [Thread(target=answer, args=(value,)) for value in ("neutral", "positive", "negative", "neutral")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [LinkState.OPEN, *[LinkState.USED] * 3]
    ((_, label),) = enumerate(room.app.store.labels())
    (said,) = room.app.store.feedback_between(ALWAYS.start, ALWAYS.end)
    assert label.value == said.value


@pytest.mark.parametrize("table", ["mentions", "digests"])
def test_what_goes_away_while_a_reader_thinks_takes_no_answer_and_leaves_nothing_half(
    room: Newsroom, table: str
) -> None:
    mention = room.find(BLAME)
    digest = room.told(mention)
    token = room.token(digest, mention, Judgement.TONE)
    assert room.app.feedback.look(token).state is LinkState.OPEN
    db = room.app.store._connections.database()
    db.execute("PRAGMA foreign_keys = OFF")
    db.execute(f"DELETE FROM {table} WHERE id = ?", [mention if table == "mentions" else digest.id])  # noqa: S608 names of our own
    again = App(room.app.settings, room.clock)  # which has nothing of it in memory
    assert again.feedback.answer(token, "neutral", None).state in {LinkState.GONE, LinkState.UNKNOWN}
    again.close()
    assert list(room.app.store.labels()) == []
    assert room.app.store.feedback_between(ALWAYS.start, ALWAYS.end) == ()


def test_an_answer_whose_label_cannot_be_written_leaves_the_link_open(room: Newsroom) -> None:
    mention = room.find(BLAME)
    token = room.token(room.told(mention), mention, Judgement.TONE)
    db = room.app.store._connections.database()
    db.execute("CREATE TRIGGER full BEFORE INSERT ON labels BEGIN SELECT RAISE(ROLLBACK, 'no room'); END")
    with pytest.raises(sqlite3.IntegrityError, match="no room"):
        room.app.feedback.answer(token, "neutral", None)
    db.execute("DROP TRIGGER full")
    assert room.app.feedback.look(token).state is LinkState.OPEN
    assert room.app.feedback.answer(token, "neutral", None).state is LinkState.OPEN
    assert len(list(room.app.store.labels())) == 1


def test_a_letter_that_comes_twice_is_the_same_and_has_links_for_one_answer(room: Newsroom) -> None:
    mention = room.find(BLAME)
    digest = room.told(mention)
    first = room.token(digest, mention, Judgement.TONE)
    room.clock.advance(timedelta(days=2))
    second = room.token(digest, mention, Judgement.TONE)
    assert first == second  # and so the letter is the same, to the byte
    room.app.feedback.answer(first, "neutral", None)
    assert room.app.feedback.look(second).state is LinkState.USED


def test_two_readers_each_have_a_word_and_the_last_one_holds(room: Newsroom) -> None:
    mention = room.find(BLAME)
    digest = room.told(mention)
    for reader, said in ((READER, "neutral"), ("ben@example.org", "positive")):
        token = room.token(digest, mention, Judgement.TONE, reader)
        assert room.app.feedback.answer(token, said, None).state is LinkState.OPEN
        room.clock.advance(timedelta(minutes=1))
    assert room.scored(mention).score.tone.label is ToneLabel.POSITIVE
    assert len({label.who for label in room.app.store.labels()}) == 2
    changes = room.app.feedback.changes(ALWAYS)
    assert (changes.corrections, changes.tones) == (
        1,
        {ToneLabel.NEGATIVE: -1, ToneLabel.NEUTRAL: 0, ToneLabel.POSITIVE: 1},
    )


@pytest.mark.parametrize(
    ("judgement", "value", "about"),
    [
        (Judgement.RELEVANT, "maybe", None),
        (Judgement.TONE, "yes", None),
        (Judgement.TONE, "positive", "by-hand"),
        (Judgement.MESSAGE, "full", None),
        (Judgement.MESSAGE, "full", "no such message"),
        (Judgement.MESSAGE, "carried", "by-hand"),
        (Judgement.DUPLICATE, "yes", "somebodyelse"),
        (Judgement.RELEVANT, "", None),
    ],
)
def test_only_what_a_link_offers_is_an_answer(
    room: Newsroom, judgement: Judgement, value: str, about: str | None
) -> None:
    mention, other = room.find(PRAISE), room.find(BLAME)
    token = room.token(room.told(mention, other), mention, judgement)
    with pytest.raises(ValueError, match="none of the answers"):
        room.app.feedback.answer(token, value, about)
    assert not list(room.app.store.labels())
    assert room.app.feedback.look(token).state is LinkState.OPEN


def test_a_link_runs_out_when_the_configuration_says(tmp_path: Path) -> None:
    room = Newsroom(tmp_path, web="feedback_days = 3")
    mention = room.find(BLAME)
    token = room.token(room.told(mention), mention, Judgement.TONE)
    room.clock.advance(timedelta(days=3))
    assert room.app.feedback.answer(token, "neutral", None).state is LinkState.EXPIRED
    assert not list(room.app.store.labels())
    room.app.close()


def test_an_answered_link_still_says_thank_you_when_it_has_run_out(room: Newsroom) -> None:
    mention = room.find(BLAME)
    token = room.token(room.told(mention), mention, Judgement.TONE)
    room.app.feedback.answer(token, "neutral", None)
    room.clock.advance(timedelta(days=60))
    assert room.app.feedback.look(token).state is LinkState.USED


def test_a_link_to_what_there_is_not_is_told_from_no_other_wrong_one(room: Newsroom) -> None:
    mention = room.find(BLAME)
    digest = room.told(mention)
    token = room.token(digest, mention, Judgement.TONE)
    never_told = room.token(replace(digest, id="20260310-neverwritten"), mention, Judgement.TONE)
    for wrong in (never_told, token[:-1], token.replace(".t.", ".r."), "", "x" * 5000):
        asked = room.app.feedback.look(wrong)
        assert (asked.state, asked.ticket, asked.found) == (LinkState.UNKNOWN, None, None)


def test_what_its_author_took_away_is_shown_and_judged_no_more(room: Newsroom) -> None:
    mention = room.find(BLAME)
    token = room.token(room.told(mention), mention, Judgement.TONE)
    room.remove(mention)
    assert room.app.feedback.answer(token, "neutral", None).state is LinkState.GONE
    assert not list(room.app.store.labels())


def test_a_link_to_a_mention_that_never_was_is_gone(room: Newsroom) -> None:
    mention = room.find(BLAME)
    token = room.token(room.told(mention), "aaaaaaaaaaaa", Judgement.TONE)
    assert room.app.feedback.look(token).state is LinkState.GONE


def test_the_next_digest_can_say_what_was_changed(room: Newsroom) -> None:
    first, second, third = room.find(BLAME), room.find(BLAME), room.find(PRAISE)
    digest = room.told(first, second, third)
    for mention in (first, third):
        room.app.feedback.answer(room.token(digest, mention, Judgement.RELEVANT), "no", None)
    room.app.feedback.answer(room.token(digest, second, Judgement.TONE), "neutral", None)
    changes = room.app.feedback.changes(ALWAYS)
    assert (changes.corrections, changes.set_aside, changes.mentions) == (3, 2, -2)
    assert changes.text == (
        "3 corrections by readers since the last digest: 2 mentions set aside as not about us and the tone of 1 changed "
        "from negative to neutral. The counts they belong to have 2 mentions fewer, 2 negative fewer, 1 neutral more and "
        "1 positive fewer."
    )


def test_every_correction_is_told_in_one_stretch_of_time_and_in_no_other(room: Newsroom) -> None:
    mention = room.find(BLAME)
    room.app.feedback.answer(room.token(room.told(mention), mention, Judgement.TONE), "neutral", None)
    now = room.clock.now()
    assert room.app.feedback.changes(Interval(now, now + DAY)).corrections == 1
    assert room.app.feedback.changes(Interval(now - DAY, now)).text == ""


def test_who_agrees_is_heard_too(room: Newsroom) -> None:
    mention = room.find(BLAME)
    room.app.feedback.answer(room.token(room.told(mention), mention, Judgement.TONE), "negative", None)
    changes = room.app.feedback.changes(ALWAYS)
    assert (changes.corrections, changes.agreed) == (0, 1)
    assert changes.text == "Readers looked at 1 reading of ours and agreed."


def test_readers_are_no_coders_of_the_random_sample(room: Newsroom) -> None:
    mention = room.find(BLAME)
    digest = room.told(mention)
    room.app.feedback.answer(room.token(digest, mention, Judgement.TONE), "neutral", None)
    assert mention not in room.app.reviewing.gold()
    assert list(room.app.evaluating.gold()) == []
    room.app.judging.label(
        room.scored(mention).mention, LabelKind.TONE, "negative", who="ada", source="review", about=None
    )
    assert set(room.app.reviewing.gold()[mention]) == {"ada"}


def test_a_named_secret_signs_in_place_of_the_kept_one(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("the first secret of the pages", encoding="utf-8")
    (tmp_path / "next.txt").write_text("the next secret of the pages", encoding="utf-8")
    room = Newsroom(tmp_path, web='secret_file = ["secret.txt"]')
    mention = room.find(BLAME)
    digest = room.told(mention)
    token = room.token(digest, mention, Judgement.TONE)
    room.app.close()
    for web, state in (
        ('secret_file = ["next.txt", "secret.txt"]', LinkState.OPEN),
        ('secret_file = "next.txt"', LinkState.UNKNOWN),
        ("", LinkState.UNKNOWN),
    ):
        later = Newsroom(tmp_path, web=web)
        assert later.app.feedback.look(token).state is state
        later.app.close()


def test_a_secret_that_cannot_be_used_is_told_before_work_begins(tmp_path: Path) -> None:
    (tmp_path / "short.txt").write_text("short", encoding="utf-8")
    for web, words in (('secret_file = "none.txt"', "cannot be read"), ('secret_file = "short.txt"', "too short")):
        room = Newsroom(tmp_path, web=web)
        with pytest.raises(ConfigError, match=words):
            room.app.prepare()
        room.app.close()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_a_link_offers_comes_back_as_that_very_label(room: Newsroom, data: st.DataObject) -> None:
    mention, other = room.find(PRAISE, story="same"), room.find(BLAME)
    digest = room.told(mention, other)
    judgement = data.draw(st.sampled_from(Judgement))
    reader = data.draw(st.emails())
    token = room.token(digest, mention, judgement, reader)
    asked = room.app.feedback.look(token)
    assert asked.question is not None
    choice = data.draw(st.sampled_from([one for group in asked.question.groups for one in group.choices]))
    assert room.app.feedback.answer(token, choice.value, choice.about).state is LinkState.OPEN
    label = list(room.app.store.labels(mention=mention))[-1]
    assert (label.kind.value, label.value, label.about) == (judgement.value, choice.value, choice.about)
    said = room.app.feedback.look(token).said
    assert said is not None
    assert (said.value, said.message or said.other) == (choice.value, choice.about)
