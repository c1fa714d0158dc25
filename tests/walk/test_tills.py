"""Many processes on one ledger get exactly the cap; one that is killed before it answers has counted once."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from bot.model import Claim, EventKind
from bot.offers.ledger.redeem import redeem
from bot.store.failures import BUSY_SECONDS
from bot.store.opening import open_store
from tests.support import postgres
from tests.support.counts import FULL
from tests.walk.till import KILLED_AT, answer_until_killed, claim_all, till_of

PROCESSES, THREADS = 4, 4
CLAIMS = 1000 if FULL else 160


@pytest.fixture(params=[pytest.param("postgres", marks=pytest.mark.postgres), "sqlite"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "postgres":
        return postgres.emptied_postgres()
    open_store(tmp_path / "heard.db").close()
    return str(tmp_path / "heard.db")


@pytest.mark.timeout(300)
def test_many_processes_get_exactly_the_cap_and_none_is_locked_out(address: str) -> None:
    keys = [f"k{number}" for number in range(CLAIMS)]
    work = [(address, keys[start::PROCESSES], THREADS) for start in range(PROCESSES)]
    context = multiprocessing.get_context("forkserver")
    with context.Pool(PROCESSES) as pool:
        answers = [answer for some in pool.starmap(claim_all, work, chunksize=1) for answer in some]
        again = pool.apply(claim_all, (address, keys, THREADS))
    assert sum(redemption is not None for _, redemption, _ in answers) == 100
    assert {(key, redemption) for key, redemption, _ in again} == {(key, redemption) for key, redemption, _ in answers}
    store = open_store(address)
    assert Counter(event.kind for event in store.offer_events()) == {"redeemed": 100, "refused": CLAIMS - 100}
    assert store.integrity_check() == ()
    store.close()
    assert max(took for _, _, took in answers) < BUSY_SECONDS


def test_a_till_that_is_killed_before_it_answers_has_counted_once(address: str) -> None:
    keys = [f"k{number}" for number in range(10)]
    context = multiprocessing.get_context("forkserver")
    here, there = context.Pipe()
    till = context.Process(target=answer_until_killed, args=(address, keys, there))
    till.start()
    told = [here.recv() for _ in range(KILLED_AT + 1)]
    assert told.pop() is None, "it has committed and not answered"
    os.kill(till.pid or 0, signal.SIGKILL)
    till.join()
    store = open_store(address)
    answers = [redeem(till_of(store, f"{key}-again"), Claim("moon cake", key=key)) for key in keys]
    assert answers[:KILLED_AT] == [replace(result, replayed=True) for result in told]
    assert [result.redemption for result in answers] == [
        f"r_{key}-{'first' if number <= KILLED_AT else 'again'}" for number, key in enumerate(keys)
    ]
    assert [event.kind for event in store.offer_events()] == [EventKind.REDEEMED] * len(keys)
    store.close()
