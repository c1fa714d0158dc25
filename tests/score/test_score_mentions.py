from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.engines.vader import engine
from bot.errors import ConfigError
from bot.model import (
    Author,
    Genre,
    Item,
    ItemKind,
    Mention,
    Outcome,
    Page,
    Score,
    ScoredMention,
    ScoringContext,
    Target,
    ToneReading,
    Weights,
)
from bot.ports import Passage, Store
from bot.score.alignment import LexicalMatcher
from bot.score.context import build_context, context_id, pool_interval
from bot.score.receipt import recompute
from bot.score.rescore import rescore
from bot.score.score_mentions import ScoringSettings, rules_version, score_mentions, score_these
from bot.score.scoring import language_of, score_mention
from bot.store.sqlite import open_store
from tests.score.made import FAIR, NOW, ORGANIC, OWN, RIVAL, mention


class Languages:
    """A language identifier that says what it is told to."""

    version = "made up"

    def __init__(self, answer: str | None = "en") -> None:
        self.answer = answer
        self.asked = 0

    def identify(self, text: str) -> str | None:
        self.asked += 1
        return self.answer


class Poisoned:
    """A tone engine with a bug that some texts trip."""

    name, version, languages = "poisoned", "1", frozenset({"en"})

    def __init__(self) -> None:
        self.tripped = 0

    def read(
        self, passages: Sequence[Passage], overrides: Mapping[str, float], genre: Genre | None = None
    ) -> ToneReading:
        if any("poison" in passage.text for passage in passages):
            self.tripped += 1
            raise ZeroDivisionError("a bug")
        return ToneReading(0.5, None, 1.0)


class OtherLanguages(Languages):
    """The same in another version."""

    version = "made up otherwise"


def settings(**changes: Any) -> ScoringSettings:
    given: dict[str, Any] = {
        "subjects": (OWN, RIVAL),
        "messages": (FAIR, ORGANIC),
        "outlets": (),
        "weights": Weights(),
        "engine": engine({}),
        "matcher": LexicalMatcher(),
        "identifier": Languages(),
    }
    return ScoringSettings(**(given | changes))


CONTEXT = ScoringContext("2026-03-02/1")


def score(made: Mention, **changes: Any) -> Score:
    return score_mention(made, settings(**changes), CONTEXT, "v")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "heard.db")
    yield opened
    opened.close()


def save(store: Store, *mentions: Mention) -> None:
    target = Target("source")
    store.add_targets([target], NOW)
    items = tuple({made.item.key: made.item for made in mentions}.values())
    store.save_page(target, Page(items=items), mentions, NOW, NOW + timedelta(minutes=5))


def stored(store: Store) -> dict[str, ScoredMention]:
    return {one.mention.id: one for one in store.mentions() if isinstance(one, ScoredMention)}


def test_what_is_new_is_scored_once_and_its_receipt_recomputes(store: Store) -> None:
    made = [mention(f"Marzipan & Moon is lovely, visit {number}", key=f"x:{number}") for number in range(7)]
    save(store, *made)
    told: list[int] = []
    assert score_mentions(store, settings(), NOW, batch=3, progress=told.append) == 7
    assert told == [3, 6, 7]
    assert score_mentions(store, settings(), NOW) == 0
    for found in stored(store).values():
        assert found.score.score is not None
        assert recompute(found.score.factors) == found.score.score


def test_a_mention_that_trips_a_bug_holds_up_no_other_and_is_tried_again_by_rescoring_only(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    texts = ("Marzipan & Moon is good", "Marzipan & Moon is poison", "Marzipan & Moon is fine")
    save(store, *(mention(text, key=f"x:{number}") for number, text in enumerate(texts)))
    rules = settings(engine=Poisoned())
    assert score_mentions(store, rules, NOW, batch=2) == 3
    assert "ZeroDivisionError: a bug" in caplog.text
    assert score_mentions(store, rules, NOW) == 0
    assert rules.engine.tripped == 1  # type: ignore[attr-defined]
    [bad] = [found for found in stored(store).values() if "unscorable" in found.score.flags]
    assert "poison" in bad.mention.item.text
    assert (bad.score.score, bad.score.tone.tone, recompute(bad.score.factors)) == (None, None, None)
    assert bad.score.tone.why == "a fault in the program: ZeroDivisionError; the log has it in full"
    assert sum(found.score.score is not None for found in stored(store).values()) == 2
    assert score_mentions(store, settings(), NOW) == 0
    assert rescore(store, settings(), NOW) == 3
    assert not any("unscorable" in found.score.flags for found in stored(store).values())


def test_stopping_ends_between_two_mentions_and_keeps_what_was_scored(store: Store) -> None:
    save(store, *(mention(f"Marzipan & Moon is lovely, visit {number}", key=f"x:{number}") for number in range(7)))
    asked: list[int] = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) > 4

    assert score_mentions(store, settings(), NOW, stop=stop) == len(stored(store)) == 3
    assert score_mentions(store, settings(), NOW, stop=lambda: True) == 0
    assert score_mentions(store, settings(), NOW) == 4


def test_named_mentions_are_scored_ahead_of_whatever_else_waits(store: Store) -> None:
    made = [mention(f"Marzipan & Moon is lovely, visit {number}", key=f"x:{number}") for number in range(5)]
    save(store, *made)
    assert score_these(store, settings(), NOW, made[2:], batch=2) == 3
    assert set(stored(store)) == {one.id for one in made[2:]}
    assert score_mentions(store, settings(), NOW) == 2


def test_rescoring_by_the_same_rules_gives_the_same_scores(store: Store) -> None:
    save(store, mention("Marzipan & Moon is lovely"))
    score_mentions(store, settings(), NOW)
    first = stored(store)
    heavier = settings(weights=Weights(tone=0.9, message=0.05, advocacy=0.05))
    assert rescore(store, heavier, NOW) == 1
    assert stored(store) != first
    assert rescore(store, settings(), NOW + timedelta(days=30)) == 1
    assert stored(store) == first


def test_a_context_is_frozen_by_the_first_scoring_of_its_day(store: Store) -> None:
    save(store, mention("Marzipan & Moon is lovely"))
    score_mentions(store, settings(), NOW)
    frozen = store.context(context_id(NOW))
    assert frozen is not None
    save(
        store,
        *(mention("cocoa Marzipan & Moon", key=f"x:1{n}", collected_at=NOW - timedelta(days=3)) for n in range(5)),
    )
    score_mentions(store, settings(), NOW)
    assert store.context(context_id(NOW)) == frozen
    assert {found.score.context_id for found in stored(store).values()} == {
        context_id(NOW),
        context_id(NOW - timedelta(days=3)),
    }


def test_a_context_is_made_of_the_four_weeks_before_its_utc_day() -> None:
    pool = pool_interval(NOW)
    assert (pool.end.isoformat(), pool.end - pool.start) == ("2026-03-02T00:00:00+00:00", timedelta(days=28))
    assert context_id(NOW) == context_id(NOW.replace(hour=23)) != context_id(NOW + timedelta(days=1))
    context = build_context("c", ["one"], {"x": [0.1, 0.5, 0.4], "rss": []})
    assert dict(context.median_weight) == {"x": 0.4}


def test_a_store_that_keeps_nothing_does_not_trap_the_run() -> None:
    class Forgetful:
        saved = 0

        def unscored(self, limit: int) -> tuple[Mention, ...]:
            return (mention("Marzipan & Moon"),)

        def save_scores(self, scores: Any, now: Any, *, of: Any = (), before: Any = None) -> None:
            self.saved += len(scores)

        def note_rules(self, rules: Any) -> None:
            pass

        def known(self, keys: Sequence[str]) -> Mapping[str, Any]:
            return {}

        def standing_scores(self, mentions: Sequence[str]) -> Mapping[str, Score]:
            return {}

        def context(self, context_id: str) -> ScoringContext:
            return ScoringContext(context_id)

    forgetful = Forgetful()
    assert score_mentions(forgetful, settings(), NOW) == 1  # type: ignore[arg-type]
    assert forgetful.saved == 1


def test_a_subject_that_is_no_longer_configured_is_scored_all_the_same() -> None:
    found = score(mention("Old Brand is lovely", names="old brand", subject="old"))
    assert found.score is not None
    assert found.alignments == ()


def test_the_declared_language_wins_and_an_unreadable_one_leaves_the_tone_unknown() -> None:
    languages = Languages("en")
    found = score(mention("Marzipan & Moon ist lovely", language="de-AT"), identifier=languages, messages=())
    assert (found.language, found.tone.tone, found.score) == ("de", None, None)
    assert "'de'" in found.tone.why
    assert "tone_unknown" in found.flags
    assert languages.asked == 0


def test_an_undeclared_language_is_identified_and_codes_that_say_nothing_are_undeclared() -> None:
    assert language_of(mention("text", language=None), Languages("fr")) == "fr"
    assert language_of(mention("text", language="und"), Languages("fr")) == "fr"
    assert language_of(mention("text", language="in"), Languages("fr")) == "id"


def test_where_nobody_can_tell_the_language_only_known_words_make_a_tone() -> None:
    unknown = Languages(None)
    assert score(mention("Marzipan & Moon toll", language=None), identifier=unknown).tone.tone is None
    assert (score(mention("Marzipan & Moon great", language=None), identifier=unknown).tone.tone or 0) > 0


@pytest.mark.parametrize("of_message", ["de", None])
def test_messages_that_are_put_in_another_language_are_coded_in_it(of_message: str | None) -> None:
    german = replace(FAIR, statement="Unser Kakao kommt direkt vom Bauern.")
    made = mention("Marzipan & Moon: unser Kakao kommt direkt vom Bauern", language="de")
    found = score(made, messages=(german,), identifier=Languages(of_message))
    assert found.alignments[0].outcome is Outcome.FULL


def test_a_text_in_a_language_that_no_message_is_put_in_is_not_coded_rather_than_coded_as_silent() -> None:
    found = score(mention("Marzipan & Moon ist lovely", language="de"))
    assert found.alignments == ()
    assert [factor.method for factor in found.factors if factor.name == "message"] == [
        "not coded: the text is in 'de', and no message is"
    ]


def test_what_is_said_of_a_rival_alone_carries_nothing_for_the_own_brand() -> None:
    text = "Marzipan & Moon is round the corner. At Choco Hut all the cocoa is bought directly from farmers."
    (fair, _) = score(mention(text)).alignments
    assert (fair.outcome, fair.quote) == (Outcome.NONE, "")
    assert fair.reason.startswith("said of Choco Hut, not of Marzipan & Moon")
    both = "Unlike Choco Hut, all their cocoa is bought directly from farmers. Marzipan & Moon!"
    assert score(mention(both)).alignments[0].outcome is Outcome.FULL


SAYS_IT = "Marzipan & Moon: all our cocoa is bought directly from farmers."


@pytest.mark.parametrize(
    "owned",
    [
        {"author": Author(handle="@MarzipanMoon")},
        {"outlet": "blog.marzipanmoon.example", "kind": ItemKind.ARTICLE},
        {"url": "https://www.marzipanmoon.example/news", "outlet": "news"},
    ],
)
def test_the_subjects_own_words_are_flagged_and_its_messages_do_not_count(owned: dict[str, Any]) -> None:
    earned, own = score(mention(SAYS_IT)), score(mention(SAYS_IT, **owned))
    assert ("owned" in earned.flags, "owned" in own.flags) == (False, True)
    assert own.alignments == earned.alignments
    values = {factor.name: factor.value for factor in own.factors}
    assert values["message"] == 0


def test_a_message_counts_only_while_it_is_live() -> None:
    live = replace(FAIR, active_from=NOW, active_until=NOW + timedelta(days=1))
    over = replace(FAIR, active_until=NOW)
    assert len(score(mention(SAYS_IT), messages=(live,)).alignments) == 1
    assert score(mention(SAYS_IT), messages=(over,)).alignments == ()


def test_a_competitor_does_not_carry_our_messages() -> None:
    made = mention("Choco Hut: all our cocoa is bought directly from farmers.", names="choco hut", subject="hut")
    assert score(made).alignments == ()


def test_a_repost_changes_reach_only() -> None:
    post = score(mention(SAYS_IT, author=Author(handle="a", followers=100)))
    again = score(mention(SAYS_IT, author=Author(handle="b", followers=90_000), kind=ItemKind.REPOST, key="x:2"))
    assert (again.tone, again.quality, again.prominence, again.alignments, again.advocacy) == (
        post.tone,
        post.quality,
        post.prominence,
        post.alignments,
        post.advocacy,
    )
    assert again.reach != post.reach
    assert again.score != post.score


def test_figures_of_a_young_post_are_flagged_and_those_of_an_article_are_not() -> None:
    figures = {"metrics": {"impression_count": 10.0}}
    assert "immature" in score(mention(SAYS_IT, **figures)).flags
    assert "immature" not in score(mention(SAYS_IT, published_at=NOW - timedelta(days=8), **figures)).flags
    assert "immature" not in score(mention(SAYS_IT, kind=ItemKind.ARTICLE, outlet="paper.example")).flags


def test_every_quote_and_tone_span_is_verbatim() -> None:
    made = mention("I adore it – Marzipan & Moon’s great. Not bad 😍. " + SAYS_IT, title="Lovely news")
    found = score(made)
    text = made.item.text
    assert found.tone.spans
    assert all(text[span.start : span.end] == span.text for span in found.tone.spans)
    assert all(text[one.start : one.end] == one.quote for one in found.alignments)


@pytest.mark.parametrize(
    "changes",
    [
        {"weights": Weights(tone=0.4, message=0.5)},
        {"messages": (FAIR,)},
        {"subjects": (replace(OWN, neutral_phrases=("x",)), RIVAL)},
        {"subjects": (replace(OWN, sentiment_overrides={"x": 1.0}), RIVAL)},
        {"engine": engine({"positive_from": 0.2})},
        {"identifier": OtherLanguages()},
    ],
)
def test_whatever_decides_a_score_changes_the_rules_version(changes: dict[str, Any]) -> None:
    assert rules_version(settings(**changes)) != rules_version(settings())


def test_the_rules_version_is_short_and_stable_and_a_query_is_no_rule() -> None:
    assert rules_version(settings()) == rules_version(settings())
    assert len(rules_version(settings())) == 12
    other = (replace(OWN, query="moon"), RIVAL)
    assert rules_version(settings(subjects=other)) == rules_version(settings())


def test_weights_that_do_not_add_up_are_refused_when_scoring_is_set_up() -> None:
    with pytest.raises(ConfigError):
        settings(weights=Weights(tone=0.9))


@pytest.mark.parametrize(
    "text", ["", "\ud800 Marzipan & Moon", "Marzipan & Moon\x00\x07", "😍" * 3000, "Marzipan & Moon " * 300]
)
def test_odd_texts_are_scored_without_harm(text: str) -> None:
    found = score(mention(text))
    assert found.score is None or -10 <= found.score <= 10


def test_an_item_without_anything_known_is_scored_with_what_there_is() -> None:
    bare = Item("rss:1", ItemKind.ARTICLE, None, "", "Marzipan & Moon is lovely", None, "")
    found = score(replace(mention("x"), item=bare, matched=()))
    assert found.reach.value is None
    assert found.score is not None
