"""History under new rules: only when asked, resumable, in each day's own frozen context."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.model import Mention, Outcome, ScoredMention, Weights, brief_of
from bot.ports import Store
from bot.score.context import context_id
from bot.score.rescore import rescore, rescored, rescoring_would
from bot.score.score_mentions import rules_version, score_mentions
from bot.score.scoring import rules_told
from bot.store.sqlite import open_store
from tests.score.made import FAIR, NOW, OWN, RIVAL, mention
from tests.score.test_score_mentions import save, settings, stored

DAY = timedelta(days=1)
OLD = settings()
NEW = settings(weights=Weights("2", 0.9, 0.05, 0.05))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "heard.db")
    yield opened
    opened.close()


def history(count: int = 7) -> list[Mention]:
    """One mention a day, the newest first."""
    return [
        mention(f"Marzipan & Moon is lovely, visit {day}", key=f"x:{day}", published_at=NOW - day * DAY,
                collected_at=NOW - day * DAY)
        for day in range(count)
    ]  # fmt: skip


def versions(store: Store) -> dict[str, str]:
    return {found.mention.item.key: found.score.rules_version for found in stored(store).values()}


def test_changed_rules_score_what_is_new_and_leave_history_as_it_was(store: Store) -> None:
    save(store, *history())
    score_mentions(store, OLD, NOW)
    before = stored(store)
    new = mention("Marzipan & Moon is lovely today", key="x:new")
    save(store, new)
    assert score_mentions(store, NEW, NOW) == 1
    after = stored(store)
    assert after.pop(new.id).score.rules_version == rules_version(NEW)
    assert after == before


def test_rescoring_replaces_every_score_once_newest_first_and_then_has_nothing_to_do(store: Store) -> None:
    save(store, *history())
    score_mentions(store, OLD, NOW)
    told: list[int] = []
    assert rescore(store, NEW, NOW, batch=3, progress=told.append) == 7
    assert told == [3, 6, 7]
    assert set(versions(store).values()) == {rules_version(NEW)}
    assert rescore(store, NEW, NOW) == 0


def test_rescoring_from_a_day_on_leaves_what_is_older(store: Store) -> None:
    save(store, *history())
    score_mentions(store, OLD, NOW)
    assert rescore(store, NEW, NOW, since=NOW - 2 * DAY) == 3
    old, new = rules_version(OLD), rules_version(NEW)
    assert versions(store) == {f"x:{day}": new if day <= 2 else old for day in range(7)}
    assert rescore(store, NEW, NOW, since=NOW - 4 * DAY, until=NOW - 3 * DAY) == 1


def test_a_run_that_is_stopped_keeps_what_it_did_and_the_next_goes_on_and_reports_all(store: Store) -> None:
    save(store, *history())
    score_mentions(store, OLD, NOW)
    before = {name: brief_of(found.score) for name, found in stored(store).items()}
    asked: list[int] = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) > 5

    assert 0 < rescore(store, NEW, NOW, batch=2, stop=stop) < 7
    done = sum(version == rules_version(NEW) for version in versions(store).values())
    assert 0 < done < 7
    assert rescore(store, NEW, NOW) == 7 - done
    rows = list(rescored(store, NEW))
    assert {row.mention: row.before for row in rows} == before
    assert {row.mention: row.after for row in rows} == {n: brief_of(f.score) for n, f in stored(store).items()}


def test_trying_writes_nothing_and_says_what_rescoring_then_does(store: Store) -> None:
    save(store, *history())
    score_mentions(store, OLD, NOW)
    before = stored(store)
    would = list(rescoring_would(store, NEW, NOW))
    assert stored(store) == before
    assert list(rescored(store, NEW)) == []
    rescore(store, NEW, NOW)
    assert list(rescored(store, NEW)) == would
    assert all(row.is_change for row in would)


def test_each_mention_is_rescored_in_the_context_that_its_day_froze(store: Store) -> None:
    made = mention(
        "Marzipan & Moon: they purchase cocoa from the farmers directly", key="x:0", collected_at=NOW - 40 * DAY,
        published_at=NOW - 40 * DAY,
    )  # fmt: skip
    save(store, made)
    score_mentions(store, OLD, NOW - 40 * DAY)
    frozen = store.context(context_id(made.collected_at))
    flood = [
        mention(f"cocoa farmers directly, says Marzipan & Moon {n}", key=f"x:f{n}", collected_at=NOW - 45 * DAY,
                published_at=NOW - 45 * DAY)
        for n in range(30)
    ]  # fmt: skip
    save(store, *flood)
    rescore(store, NEW, NOW)
    again = stored(store)[made.id].score
    assert again.context_id == context_id(made.collected_at)
    assert store.context(again.context_id) == frozen
    rescore(store, OLD, NOW + 90 * DAY)
    once_more = stored(store)[made.id].score
    assert (once_more.alignments, once_more.score) != ((), None)
    assert store.context(once_more.context_id) == frozen


def test_the_same_rules_again_give_the_same_scores_to_the_last_digit(store: Store) -> None:
    save(store, *history())
    score_mentions(store, OLD, NOW)
    first = stored(store)
    rescore(store, NEW, NOW + 30 * DAY)
    rescore(store, OLD, NOW + 60 * DAY)
    assert stored(store) == first


def test_what_the_rules_consist_of_is_written_down_with_their_first_score(store: Store) -> None:
    assert score_mentions(store, OLD, NOW) == 0
    assert store.rules_versions() == ()
    save(store, *history(2))
    score_mentions(store, OLD, NOW)
    rescore(store, NEW, NOW + DAY)
    first, second = store.rules_versions()
    assert (first.version, first.first_used_at, first.told) == (rules_version(OLD), NOW, rules_told(OLD))
    assert (second.version, second.first_used_at) == (rules_version(NEW), NOW + DAY)


def test_a_mention_that_changed_meanwhile_is_left_to_scoring_what_is_new(store: Store) -> None:
    made = history(1)[0]
    save(store, made)
    score_mentions(store, OLD, NOW)
    found = next(store.outdated(rules_version(NEW)))
    assert isinstance(found, ScoredMention)
    edited = replace(made, item=replace(made.item, text="Marzipan & Moon is awful"))
    save(store, edited)
    assert rescore(store, NEW, NOW) == 0
    assert score_mentions(store, NEW, NOW) == 1
    assert list(rescored(store, NEW)) == []


def test_what_was_taken_back_is_not_rescored(store: Store) -> None:
    made = history(1)[0]
    save(store, made)
    score_mentions(store, OLD, NOW)
    save(store, replace(made, item=replace(made.item, removed=True)))
    assert store.count_outdated(rules_version(NEW)) == rescore(store, NEW, NOW) == 0


def test_a_message_that_is_new_is_coded_in_history_by_rescoring(store: Store) -> None:
    save(store, mention("Marzipan & Moon: all our cocoa is bought directly from farmers."))
    score_mentions(store, settings(messages=()), NOW)
    rescore(store, settings(messages=(FAIR,), subjects=(OWN, RIVAL)), NOW)
    [row] = rescored(store, settings(messages=(FAIR,)))
    assert (dict(row.before.outcomes), dict(row.after.outcomes)) == ({}, {"fair": Outcome.FULL})
