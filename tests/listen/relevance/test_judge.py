"""Judging: the first that can tell decides, and says why."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from bot.errors import QueryError
from bot.listen.matching import Matcher, mentions_of
from bot.listen.query import parse_query
from bot.listen.relevance.judge import Judge
from bot.model import (
    NO,
    YES,
    Author,
    Context,
    Item,
    ItemKind,
    Label,
    LabelKind,
    Mention,
    Relevance,
    RelevanceBasis,
    RelevanceModel,
    Source,
    Stance,
    Subject,
    with_headline,
)

NOW = datetime(2026, 3, 10, tzinfo=UTC)
QUERY = "slack OR @slackhq OR slack.com"
SLACK = Context(any=("workspace", "#channel", "app*"), none=("wax", '"cut * slack"'), within=5)
ALWAYS_YES = RelevanceModel("slack", "v1", NOW, 60, 60, intercept=3.0, above=0.8, below=0.2)
ALWAYS_NO = RelevanceModel("slack", "v2", NOW, 60, 60, intercept=-3.0, above=0.8, below=0.2)
UNSURE = RelevanceModel("slack", "v3", NOW, 60, 60, intercept=0.0, above=0.8, below=0.2)


def a_mention(body: str, title: str = "", source: str = "blogs", **more: object) -> Mention:
    title, text = with_headline(title, body)
    item = Item("rss:1", ItemKind.ARTICLE, more.pop("url", None), title, text, NOW, "example.org", **more)
    (found,) = mentions_of(Matcher([parse_query("slack", QUERY)]), item, source, NOW)
    return found


def a_judge(context: Context | None = SLACK, stance: Stance = Stance.JUDGE, *models: RelevanceModel) -> Judge:
    source = Source("blogs", "rss", NOW - NOW, relevance=stance)
    return Judge([Subject("slack", "Slack", QUERY, context=context)], [parse_query("slack", QUERY)], [source], models)


def judged(mention: Mention, *given: object, label: Label | None = None) -> Relevance:
    return a_judge(*given).judged(mention, label)


def test_a_companion_near_the_name_means_it() -> None:
    found = judged(a_mention("We use Slack, with one workspace for all."))
    assert (found.relevant, found.basis) == (True, RelevanceBasis.RULE)
    assert found.reason == "“workspace” stands within 5 words of the name"


def test_an_excluded_companion_near_the_name_means_something_else() -> None:
    found = judged(a_mention("The slack wax market grows."))
    assert (found.relevant, found.basis) == (False, RelevanceBasis.RULE)
    assert found.reason == "“wax” stands within 5 words of the name: something else is meant"


@pytest.mark.parametrize(
    ("text", "relevant"),
    [
        ("Slack one two three four five workspace", None),
        ("Slack one two three four workspace", True),
        ("workspace one two three four Slack", True),
        ("workspace one two three four five Slack", None),
        ("cut me some slack", None),  # the * stands for one word
        ("cut the slack", False),
        ("wax one two three four five six slack, and the app Slack", True),
        ("slack wax, and then a good deal of other words: the app Slack", True),
        ("slack wax, and then a good deal of other words, and slack again", False),
        ("slack wax app", False),
        ("Slack #channel", True),
        ("Slack channel", None),
        ("slack applications", True),
        ("Slack alone", None),
    ],
)
def test_nearness_is_counted_in_words_at_each_place_by_itself(text: str, relevant: bool | None) -> None:
    assert judged(a_mention(text)).relevant is relevant


def test_without_a_distance_the_whole_piece_counts() -> None:
    everywhere = Context(any=("workspace",), none=("wax",))
    assert judged(a_mention("Slack " + "and more " * 200 + "workspace"), everywhere).relevant is True
    assert judged(a_mention("Slack " + "and more " * 200, title="On wax"), everywhere).relevant is False


def test_a_handle_or_a_domain_of_the_query_speaks_for_itself() -> None:
    assert judged(a_mention("thank you @SlackHQ")).relevant is True
    assert judged(a_mention("thank you, Slack", author=Author(handle="slackhq"))).relevant is True
    assert judged(a_mention("no slack here", links=("https://slack.com/intl",))).relevant is True
    assert judged(a_mention("no slack here")).relevant is None


def test_what_nothing_can_tell_is_not_known_and_has_no_basis() -> None:
    found = judged(a_mention("Slack alone"))
    assert (found.relevant, found.basis) == (None, None)
    assert "no classifier" in found.reason


def test_a_required_companion_that_is_missing_sets_aside() -> None:
    required = Context(any=SLACK.any, within=5, required=True)
    for found in (
        judged(a_mention("Slack alone"), required),
        judged(a_mention("Slack alone"), SLACK, Stance.REQUIRE_CONTEXT),
        judged(a_mention("Slack alone"), required, Stance.JUDGE, ALWAYS_YES),
    ):
        assert (found.relevant, found.basis) == (False, RelevanceBasis.RULE)
        assert found.reason == "no companion stands within 5 words of the name, and one is required"
    assert judged(a_mention("Slack app"), SLACK, Stance.REQUIRE_CONTEXT).relevant is True


def test_nothing_is_required_of_a_subject_without_companions_to_require() -> None:
    assert judged(a_mention("Slack"), None, Stance.REQUIRE_CONTEXT).relevant is True
    assert judged(a_mention("Slack"), Context(none=("wax",)), Stance.REQUIRE_CONTEXT).relevant is None


def test_a_source_that_always_means_it_is_believed_before_any_rule() -> None:
    found = judged(a_mention("slack wax"), SLACK, Stance.ASSUME, ALWAYS_NO)
    assert (found.relevant, found.basis) == (True, RelevanceBasis.ASSUMED)
    assert "blogs" in found.reason


def test_a_subject_without_context_is_taken_at_its_words() -> None:
    found = judged(a_mention("slack wax"), None)
    assert (found.relevant, found.basis) == (True, RelevanceBasis.ASSUMED)


def test_rules_go_before_the_classifier_and_the_classifier_tells_the_rest() -> None:
    assert judged(a_mention("slack wax"), SLACK, Stance.JUDGE, ALWAYS_YES).relevant is False
    found = judged(a_mention("slack"), SLACK, Stance.JUDGE, ALWAYS_YES)
    assert (found.relevant, found.basis) == (True, RelevanceBasis.MODEL)
    assert found.reason == "95% likely to be relevant, by 120 labels"
    assert judged(a_mention("slack"), SLACK, Stance.JUDGE, ALWAYS_NO).relevant is False
    assert judged(a_mention("slack"), None, Stance.JUDGE, ALWAYS_NO).relevant is False
    unsure = judged(a_mention("slack"), SLACK, Stance.JUDGE, UNSURE)
    assert (unsure.relevant, unsure.basis) == (None, None)
    assert "not sure enough" in unsure.reason


def test_a_classifier_without_verdicts_is_as_good_as_none() -> None:
    silent = RelevanceModel("slack", "v4", NOW, 9, 9, intercept=9.0)
    assert judged(a_mention("slack"), None, Stance.JUDGE, silent).basis is RelevanceBasis.ASSUMED


@pytest.mark.parametrize(("word", "relevant"), [(YES, True), (NO, False)])
def test_a_label_decides_against_everything_else(word: str, relevant: bool) -> None:
    label = Label("m", LabelKind.RELEVANT, word, "ada", "cli", NOW)
    for mention, model in ((a_mention("slack wax"), ALWAYS_YES), (a_mention("Slack app"), ALWAYS_NO)):
        found = judged(mention, SLACK, Stance.ASSUME, model, label=label)
        assert (found.relevant, found.basis, found.reason) == (relevant, RelevanceBasis.LABEL, "labelled by ada")


def test_the_version_changes_with_what_judges_and_with_nothing_else() -> None:
    given = [
        (SLACK, Stance.JUDGE),
        (SLACK, Stance.ASSUME),
        (None, Stance.JUDGE),
        (Context(any=SLACK.any, none=SLACK.none, within=6), Stance.JUDGE),
        (SLACK, Stance.JUDGE, ALWAYS_YES),
        (SLACK, Stance.JUDGE, ALWAYS_NO),
    ]
    versions = [a_judge(*one).versions["slack"] for one in given]
    assert len(set(versions)) == len(versions)
    assert versions == [a_judge(*one).versions["slack"] for one in given]
    assert judged(a_mention("Slack")).by == versions[0]


@pytest.mark.parametrize(
    ("context", "key"),
    [(Context(any=("ok", '"open')), "any"), (Context(none=("NOT wax",)), "none"), (Context(any=(" ",)), "any")],
)
def test_a_companion_that_is_no_query_is_named(context: Context, key: str) -> None:
    with pytest.raises(QueryError, match=rf"\[\[subject\]\] 'slack': context.{key}: "):
        a_judge(context)


@pytest.mark.parametrize(
    "text", ["スラック slack ワックス", "slack\u0000wax", "slack " * 2000, "\ud800 slack", "SLACK\u2028wax"]
)
def test_odd_texts_are_judged_all_the_same(text: str) -> None:
    assert judged(a_mention(text), SLACK, Stance.JUDGE, UNSURE).by


def test_a_text_of_nothing_but_the_name_and_its_company_is_judged_at_once() -> None:
    mention = a_mention("slack wax " * 10_000)
    began = time.process_time()
    assert judged(mention).relevant is False
    assert time.process_time() - began < 5
