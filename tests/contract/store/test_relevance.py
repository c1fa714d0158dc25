"""What judging relevance may rely on, whatever the database; and that labels are never lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import StoreError
from bot.model import (
    NO,
    UNJUDGED,
    YES,
    Counted,
    Label,
    LabelKind,
    Mention,
    Page,
    Relevance,
    RelevanceBasis,
    RelevanceModel,
    Window,
    mention_of,
)
from bot.ports import Store
from tests.contract.store.conftest import REFUSED
from tests.support.samples import BLOGS, HOUR, NOON, OTHER, a_digest, a_mention, a_score, an_item

MEANT = Relevance(True, RelevanceBasis.RULE, "“shop” stands there", "v1")
NOT_MEANT = Relevance(False, RelevanceBasis.MODEL, "4% likely", "v1")
TODAY = Window(NOON - 12 * HOUR, NOON + 12 * HOUR, "UTC")
OPEN = Relevance(None, None, "no companion", "v1")


@pytest.fixture(autouse=True)
def _targets(store: Store) -> None:
    store.add_targets([BLOGS, OTHER], NOON)


def save(store: Store, *items, relevance=UNJUDGED, trainable=True, target=BLOGS):
    mentions = [replace(a_mention(item), relevance=relevance) for item in items]
    store.save_page(target, Page(items=items), mentions, NOON, NOON + HOUR, trainable=trainable)
    return mentions


def a_label(mention: Mention, value: str = NO, who: str = "ada", minutes: int = 0, **more: object) -> Label:
    kind = more.pop("kind", LabelKind.RELEVANT)
    return Label(mention.id, kind, value, who, "cli", NOON + timedelta(minutes=minutes), **more)


def by_label(value: str = NO) -> Relevance:
    return Relevance(value == YES, RelevanceBasis.LABEL, "labelled by ada")


def relevance_of(store: Store, mention: Mention) -> Relevance:
    found = store.mention(mention.id)
    assert found is not None
    return mention_of(found).relevance


@pytest.mark.parametrize("relevance", [MEANT, NOT_MEANT, OPEN, UNJUDGED])
def test_a_judgement_made_while_collecting_is_kept_with_the_mention(store: Store, relevance: Relevance):
    (mention,) = save(store, an_item(), relevance=relevance)
    assert list(store.mentions(counted=Counted.ALL)) == [mention]
    assert store.unjudged("moon", relevance.by or "v0", 9) == (() if relevance.by else ((mention, None),))


def test_listings_count_all_but_the_irrelevant_unless_asked(store: Store):
    for number, relevance in enumerate((MEANT, NOT_MEANT, OPEN), 1):
        save(store, an_item(number), relevance=relevance)

    def listed(**wanted) -> set[str]:
        return {found.relevance.reason for found in store.mentions(**wanted)}

    assert listed() == {MEANT.reason, OPEN.reason}
    assert listed(counted=Counted.YES) == {MEANT.reason}
    assert listed(counted=Counted.NO) == {NOT_MEANT.reason}
    assert listed(counted=Counted.UNKNOWN) == {OPEN.reason}
    assert listed(counted=Counted.ALL) == {MEANT.reason, NOT_MEANT.reason, OPEN.reason}
    assert listed(counted=Counted.NO, search="marzipan") == {NOT_MEANT.reason}
    assert listed(search="marzipan") == {MEANT.reason, OPEN.reason}


def test_what_an_older_version_judged_waits_to_be_judged_again(store: Store):
    (mention,) = save(store, an_item(), relevance=MEANT)
    ((waiting, label),) = store.unjudged("moon", "v2", 9)
    assert (waiting, label) == (mention, None)
    assert store.unjudged("sun", "v2", 9) == ()
    store.save_relevance([(waiting, replace(NOT_MEANT, by="v2"))])
    assert relevance_of(store, mention) == replace(NOT_MEANT, by="v2")
    assert store.unjudged("moon", "v2", 9) == ()


def test_changed_words_are_judged_again_and_a_judgement_of_the_old_ones_is_dropped(store: Store):
    (read,) = save(store, an_item(), relevance=MEANT)
    save(store, an_item(text="Moon phases"), relevance=MEANT)
    store.save_relevance([(read, replace(NOT_MEANT, by="v9"))])
    ((mention, _),) = store.unjudged("moon", "v1", 9)
    assert mention.item.text == "Moon phases"
    assert mention.relevance.relevant is True


def test_what_its_author_took_back_is_not_judged_and_its_reason_goes(store: Store):
    (mention,) = save(store, an_item(), relevance=MEANT)
    save(store, replace(an_item(), removed=True))
    assert relevance_of(store, mention).reason == ""
    assert store.unjudged("moon", "v2", 9) == ()


def test_a_label_decides_at_once_and_the_last_one_wins(store: Store):
    (mention,) = save(store, an_item(), relevance=MEANT)
    store.add_label(a_label(mention, NO), by_label(NO))
    assert relevance_of(store, mention).relevant is False
    store.add_label(a_label(mention, YES, minutes=1), by_label(YES))
    assert relevance_of(store, mention).relevant is True
    assert [label.value for label in store.labels()] == [NO, YES]
    assert store.training_labels("moon", 9)[0][1] is True


def test_a_label_is_not_overruled_and_comes_along_when_it_is_judged_again(store: Store):
    (mention,) = save(store, an_item(), relevance=MEANT)
    label = a_label(mention)
    store.add_label(label, by_label())
    ((waiting, last),) = store.unjudged("moon", "v2", 9)
    assert last == label
    store.save_relevance([(waiting, replace(MEANT, by="v2"))])
    assert relevance_of(store, mention).basis is RelevanceBasis.LABEL
    assert store.unjudged("moon", "v2", 9) == ()


def test_a_mention_that_comes_back_waits_for_its_label(store: Store):
    (mention,) = save(store, an_item(), relevance=MEANT)
    store.add_label(a_label(mention), by_label())
    store.save_page(BLOGS, Page(items=(an_item(text="nothing"),)), [], NOON, NOON + HOUR)
    assert store.mention(mention.id) is None
    save(store, an_item(), relevance=MEANT)
    ((_, last),) = store.unjudged("moon", "v1", 9)
    assert last is not None
    assert last.value == NO


def test_what_a_digest_has_told_changes_by_a_label_only(store: Store):
    (mention,) = save(store, an_item(), relevance=MEANT)
    store.publish(a_digest(TODAY, (mention.id,)), ())
    store.save_relevance([(mention, replace(NOT_MEANT, by="v2"))])
    assert relevance_of(store, mention).relevant is True
    assert store.unjudged("moon", "v2", 9) == ()
    store.add_label(a_label(mention), by_label())
    assert relevance_of(store, mention).relevant is False


def test_labels_of_other_kinds_are_kept_and_decide_nothing(store: Store):
    (mention,) = save(store, an_item(), relevance=MEANT)
    given = [
        a_label(mention, "negative", kind=LabelKind.TONE),
        a_label(mention, "partial", kind=LabelKind.MESSAGE, about="hand-made"),
        a_label(mention, NO, kind=LabelKind.DUPLICATE, about="other"),
    ]
    for label in given:
        store.add_label(label, None)
    assert list(store.labels()) == given
    assert list(store.labels(mention=mention.id, kind=LabelKind.TONE)) == given[:1]
    assert list(store.labels(mention="nobody")) == []
    assert relevance_of(store, mention) == MEANT
    assert store.training_counts() == {}


def test_a_label_of_a_mention_that_is_not_there_is_refused_and_not_kept(store: Store):
    with pytest.raises(StoreError, match="no mention 'nobody'"):
        store.add_label(replace(a_label(a_mention(an_item())), mention="nobody"), by_label())
    assert list(store.labels()) == []


def test_labels_of_items_that_may_not_be_trained_on_never_leave_for_a_fit(store: Store):
    (open_one,) = save(store, an_item(1), trainable=True)
    (closed,) = save(store, an_item(2), trainable=False)
    (both,) = save(store, an_item(3), trainable=True)
    save(store, an_item(3), trainable=False, target=OTHER)  # another source whose terms forbid it has it too
    (gone,) = save(store, an_item(4), trainable=True)
    for mention in (open_one, closed, both, gone):
        store.add_label(a_label(mention), by_label())
    save(store, replace(an_item(4), removed=True))
    assert [mention.id for mention, _ in store.training_labels("moon", 9)] == [open_one.id]
    assert store.training_counts() == {"moon": (0, 1)}
    assert len(list(store.labels())) == 4


def test_the_newest_labels_are_learned_from_first(store: Store):
    mentions = save(store, *(an_item(number) for number in range(1, 6)))
    for mention in mentions:
        store.add_label(a_label(mention), by_label())
    assert [mention for mention, _ in store.training_labels("moon", 2)] == [
        replace(mention, relevance=by_label()) for mention in (mentions[4], mentions[3])
    ]


def test_irrelevant_mentions_are_not_told_and_weigh_in_no_median(store: Store):
    for number, relevance in enumerate((MEANT, NOT_MEANT, OPEN, UNJUDGED), 1):
        (mention,) = save(store, an_item(number), relevance=relevance)
        store.save_scores([a_score(mention, weight=number / 10)], NOON)
    digest = a_digest(TODAY)
    told = {found.mention.relevance.reason for found in store.untold(digest.report, digest.window)}
    assert told == {MEANT.reason, OPEN.reason, ""}
    assert store.reach_weights(NOON - HOUR, NOON + HOUR) == {"rss": [0.1, 0.3, 0.4]}


def test_a_classifier_replaces_the_one_before_and_keeps_every_digit(store: Store):
    first = RelevanceModel("moon", "a", NOON, 9, 8, why="too few")
    second = RelevanceModel("moon", "b", NOON + HOUR, 30, 20, 0.1 + 0.2, {"next:wax": -1 / 3, "é": 2.0}, 0.65, None)
    other = replace(first, subject="sun")
    for model in (first, other, second):
        store.save_relevance_model(model)
    assert store.relevance_models() == (second, other)


def test_labels_can_be_neither_changed_nor_deleted(store: Store):
    (mention,) = save(store, an_item())
    store.add_label(a_label(mention), by_label())
    for statement in ("UPDATE labels SET value = 'yes'", "DELETE FROM labels"):
        with pytest.raises(REFUSED, match="append-only"), store._write() as db:
            db.execute(statement)
