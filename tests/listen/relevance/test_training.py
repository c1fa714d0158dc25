"""Learning from labels: the same classifier for the same labels, silent until held-out labels bear it out."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.listen.relevance.classifier import decide, drivers, probability
from bot.listen.relevance.features import features_of
from bot.listen.relevance.judge_mentions import wants_fit
from bot.listen.relevance.training import EACH, fit
from bot.model import Hit, Item, ItemKind, MatchField, Mention, RelevanceModel, mention_id
from tests.support.samples import a_mention, an_item

NOW = datetime(2026, 3, 10, tzinfo=UTC)
FIRM = ("Our team chats in Slack all day, see message {0}", "New in Slack: huddles and channels, part {0}")
WORD = ("The slack wax market report number {0}", "Take up the slack of rope {0} before you pull")


def a_case(text: str, relevant: bool, number: int, story: str = "") -> tuple[Mention, bool]:
    at = text.lower().index("slack")
    key = f"rss:{number}"
    item = Item(key, ItemKind.POST, f"https://example.org/{number}", "", text, NOW, "example.org", language="en")
    hits = (Hit("slack", MatchField.TEXT, at, at + 5),)
    return Mention(mention_id(key, "slack"), "slack", item, hits, "blogs", NOW, story or f"s{number}"), relevant


def cases(each: int, *, told_apart: bool = True) -> list[tuple[Mention, bool]]:
    texts = [(FIRM[n % 2].format(n), True) for n in range(each)] + [(WORD[n % 2].format(n), False) for n in range(each)]
    if not told_apart:
        texts = [(FIRM[n % 2].format(n), bool(n // 2 % 2)) for n in range(2 * each)]
    return [a_case(text, relevant, number) for number, (text, relevant) in enumerate(texts)]


def test_what_is_easily_told_apart_is_learned_and_told_apart() -> None:
    model = fit("slack", cases(30), NOW)
    assert (model.yes, model.no, model.usable, model.why) == (30, 30, True, "")
    (firm, _), (word, _) = a_case("They moved to Slack channels", True, 900), a_case("slack wax prices", False, 901)
    chances = [probability(model, features_of(mention)) for mention in (firm, word)]
    assert [decide(model, chance) for chance in chances] == [True, False]
    assert "next:wax" in drivers(model, features_of(word), relevant=False)


def test_the_same_labels_in_any_order_give_the_same_classifier_to_the_last_digit() -> None:
    one, other = fit("slack", cases(20), NOW), fit("slack", reversed(cases(20)), NOW)
    assert one == other
    assert fit("slack", cases(21), NOW).version != one.version


def test_what_was_fitted_judges_alike_after_a_journey_through_json() -> None:
    model = fit("slack", cases(20), NOW)
    again = replace(model, weights=json.loads(json.dumps(dict(model.weights))))
    for mention, _ in cases(20):
        seen = features_of(mention)
        assert probability(again, seen) == probability(model, seen)


@pytest.mark.parametrize(("yes", "no"), [(0, 0), (40, 0), (0, 40), (40, EACH - 1)])
def test_too_few_labels_of_a_kind_give_no_verdict_and_say_so(yes: int, no: int) -> None:
    chosen = [case for case in cases(40) if case[1]][:yes] + [case for case in cases(40) if not case[1]][:no]
    model = fit("slack", chosen, NOW)
    assert (model.usable, dict(model.weights)) == (False, {})
    assert "different stories" in model.why


def test_copies_of_one_story_count_as_one() -> None:
    copies = [(replace(mention, story="one"), relevant) for mention, relevant in cases(40) if not relevant]
    assert not fit("slack", [case for case in cases(40) if case[1]] + copies, NOW).usable


def test_enough_labels_that_cannot_be_foretold_give_no_verdict_either() -> None:
    model = fit("slack", cases(60, told_apart=False), NOW)
    assert (model.usable, model.above, model.below) == (False, None, None)
    assert "reliably" in model.why


def test_so_few_that_chance_could_explain_it_give_no_verdict_even_when_all_were_right() -> None:
    assert not fit("slack", cases(EACH), NOW).usable


def test_what_stands_in_one_story_only_is_not_in_the_classifier() -> None:
    secret = a_case("Slack and Zebediah Quill of 12 Nowhere Lane", True, 700)
    model = fit("slack", [*cases(20), secret], NOW)
    assert not [name for name in model.weights if "zebediah" in name or "quill" in name or "nowhere" in name]


def test_other_peoples_handles_links_and_numbers_are_no_features() -> None:
    (mention, _) = a_case("@somebody and https://example.org/private-name in Slack 4711 #TeamWork", True, 1)
    seen = features_of(mention)
    assert not [name for name in seen if any(word in name for word in ("somebody", "private", "4711"))]
    assert {"tag:teamwork", "case:title", "prev:in", "outlet:example.org", "url:", "language:en"} - seen == {"url:"}


def test_how_the_name_is_written_is_a_feature() -> None:
    cased = {word: features_of(a_case(word, True, 1)[0]) for word in ("slack", "SLACK", "Slack", "sLack")}
    assert [
        f"case:{kind}" in cased[word] for word, kind in zip(cased, ("lower", "upper", "title", "mixed"), strict=True)
    ]
    assert len({frozenset(one) for one in cased.values()}) == 4


@pytest.mark.parametrize("url", ["http://[broken", "", None, "https://example.org/%ff%00", "ünïcode:::"])
def test_a_broken_address_or_a_mention_without_hits_has_features_all_the_same(url: str | None) -> None:
    mention = replace(a_mention(an_item(url=url)), matched=())
    assert features_of(mention)


def test_a_probability_is_one_however_far_out() -> None:
    for intercept in (-1e6, -700.0, 0.0, 700.0, 1e6):
        chance = probability(RelevanceModel("s", "v", NOW, 1, 1, intercept), ())
        assert 0.0 <= chance <= 1.0


@pytest.mark.parametrize(
    ("model", "yes", "no", "wanted"),
    [
        (None, 5, 4, False),
        (None, 6, 4, True),
        (None, 50, 0, False),
        (RelevanceModel("s", "v", NOW, 10, 10), 15, 14, False),
        (RelevanceModel("s", "v", NOW, 10, 10), 15, 15, True),
        (RelevanceModel("s", "v", NOW, 500, 500), 550, 510, False),
        (RelevanceModel("s", "v", NOW, 500, 500), 590, 510, True),
        (RelevanceModel("s", "v", NOW, 20, 20), 10, 10, True),  # labels went: what they taught goes with them
    ],
)
def test_it_is_fitted_anew_when_labels_have_grown_enough(
    model: RelevanceModel | None, yes: int, no: int, *, wanted: bool
) -> None:
    assert wants_fit(model, yes, no) is wanted


@pytest.mark.full
def test_judging_needs_no_scikit_learn() -> None:
    """In the short run tests/cli/test_help.py finds none in the whole application."""
    code = (
        "import sys\nimport bot.listen.relevance.judge_mentions, bot.wiring.listen.judging, bot.store.sqlite\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('sklearn', 'pickle5', 'joblib')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
