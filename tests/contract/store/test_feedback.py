"""What feedback may rely on, whatever the database: one answer a link, with its label, and none of it ever lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import StoreError
from bot.model import Label, LabelKind, Mention, Page, Relevance, RelevanceBasis
from bot.model.feedback import FROM_DIGEST, Feedback, Judgement, Ticket
from bot.ports import Store
from tests.contract.store.conftest import OpenStore
from tests.support.samples import BLOGS, HOUR, NOON, a_mention, an_item

TICKET = Ticket("20260310-abcdefghijkl", "", Judgement.RELEVANT, "rrrrrrrrrrrr")
NOT_MEANT = Relevance(False, RelevanceBasis.LABEL, "labelled by a reader")


@pytest.fixture
def mention(store: Store) -> Mention:
    store.add_targets([BLOGS], NOON)
    item = an_item()
    made = a_mention(item)
    store.save_page(BLOGS, Page(items=(item,)), [made], NOON, NOON + HOUR)
    return made


def given(store: Store, mention: str, *, reader: str = TICKET.reader, minutes: int = 0) -> bool:
    at = NOON + timedelta(minutes=minutes)
    feedback = Feedback(TICKET.digest, mention, Judgement.RELEVANT, "no", reader, at, was="yes")
    return store.take_feedback(
        feedback, Label(mention, LabelKind.RELEVANT, "no", f"reader:{reader}", FROM_DIGEST, at), NOT_MEANT
    )


def test_an_answer_is_kept_with_its_label_and_what_it_decides(store: Store, mention: Mention) -> None:
    assert given(store, mention.id)
    ticket = replace(TICKET, mention=mention.id)
    kept = store.feedback(ticket)
    assert kept == Feedback(TICKET.digest, mention.id, Judgement.RELEVANT, "no", TICKET.reader, NOON, was="yes")
    assert [label.source for label in store.labels(mention=mention.id)] == [FROM_DIGEST]
    found = store.mention(mention.id)
    assert isinstance(found, Mention)
    assert found.relevance == NOT_MEANT


def test_the_second_answer_by_a_link_writes_nothing(store: Store, mention: Mention) -> None:
    assert given(store, mention.id)
    assert not given(store, mention.id, minutes=5)
    assert len(list(store.labels())) == 1
    assert given(store, mention.id, reader="ssssssssssss")
    assert len(list(store.labels())) == 2


def test_an_answer_about_nothing_leaves_nothing_behind(store: Store, mention: Mention) -> None:
    with pytest.raises(StoreError, match="no mention"):
        given(store, "aaaaaaaaaaaa")
    assert store.feedback(replace(TICKET, mention="aaaaaaaaaaaa")) is None
    assert store.feedback_between(NOON, NOON + HOUR) == ()


def test_stretches_of_time_part_the_answers(store: Store, mention: Mention) -> None:
    for minute in range(4):
        given(store, mention.id, reader=f"reader{minute}", minutes=minute)
    first = store.feedback_between(NOON, NOON + timedelta(minutes=2))
    rest = store.feedback_between(NOON + timedelta(minutes=2), NOON + HOUR)
    assert [one.reader for one in (*first, *rest)] == [f"reader{minute}" for minute in range(4)]


def test_each_database_has_a_secret_of_its_own_that_stays(open_again: OpenStore) -> None:
    secrets = []
    for _ in range(2):
        store = open_again()
        secrets.append(store.link_secret())
        store.close()
    assert secrets[0] == secrets[1]
    assert len(secrets[0]) == 64
