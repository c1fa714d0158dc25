"""Exactly the cap, over real HTTP, from several server processes at once; and after a kill in the worst moment."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.model import EventKind
from bot.wiring import App
from tests.support.counts import FULL
from tests.support.crowd import all_at_once
from tests.support.webserver import CONFIG, PATIENCE, Client, forked, new_key, wait_for_address

CALLERS, CAP = (1_000, 100) if FULL else (150, 30)
PROCESSES = 3
REDEEM = "/api/v1/redemptions"
CODE = "one for each of the first"
TEXT = CONFIG.replace(
    "[web]", f'[[offer]]\nid = "rush"\nname = "Rush"\nkind = "code-phrase"\ncode = "{CODE}"\ncap = {CAP}\n\n[web]'
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[App, Client, Path]]:
    folder = tmp_path_factory.mktemp("rush")
    with forked(folder, PROCESSES, text=TEXT) as (app, address):
        yield app, Client(address, new_key(app)), folder


@pytest.mark.timeout(600)
def test_a_rush_gets_exactly_the_cap_and_the_same_answers_again(desk: tuple[App, Client, Path]) -> None:
    app, client, _ = desk
    requests = [({"code": CODE, "customer": f"guest {number}"}, f"rush-{number}") for number in range(CALLERS)]
    first = all_at_once(client, REDEEM, requests)
    assert Counter(answer.status for answer in first) == {201: CAP, 409: CALLERS - CAP}
    assert {answer.reason for answer in first if answer.status == 409} == {"offer_cap"}
    assert len({answer.json["redemption"] for answer in first if answer.status == 201}) == CAP
    assert redeemed(app, "rush") == CAP

    again = all_at_once(client, REDEEM, requests)
    assert [(one.status, one.body) for one in again] == [
        (200 if answer.status == 201 else 409, answer.body) for answer in first
    ]
    assert {one.headers.get("idempotent-replayed") for one in again} == {"true"}
    assert redeemed(app, "rush") == CAP


@pytest.mark.timeout(600)
def test_one_key_from_everybody_at_once_counts_once(desk: tuple[App, Client, Path]) -> None:
    app, client, _ = desk
    before = redeemed(app, "truffle")
    answers = all_at_once(client, REDEEM, [({"code": "the moon is made of ganache"}, "the-same")] * (CALLERS // 3))
    assert Counter(answer.status for answer in answers) == {201: 1, 200: CALLERS // 3 - 1}
    assert len({answer.body for answer in answers}) == 1
    assert redeemed(app, "truffle") == before + 1


@pytest.mark.timeout(600)
def test_a_kill_between_commit_and_answer_counts_once(desk: tuple[App, Client, Path]) -> None:
    app, client, folder = desk
    before, body = redeemed(app, "truffle"), {"code": "the moon is made of ganache", "placement": "market"}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.dying_server", str(folder / "heard.toml")],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        dying = Client(wait_for_address(process), client.key)
        with pytest.raises(ConnectionError):
            dying.call("POST", REDEEM, body, key="killed")
        assert process.wait(timeout=PATIENCE) == -9
    finally:
        process.kill()
        process.wait()
    assert redeemed(app, "truffle") == before + 1, "it was committed before the end came"
    answers = [client.call("POST", REDEEM, body, key="killed") for _ in range(2)]
    assert {(one.status, one.headers["idempotent-replayed"], one.body) for one in answers} == {
        (200, "true", answers[0].body)
    }
    assert answers[0].json["placement"] == "market"
    assert redeemed(app, "truffle") == before + 1


def redeemed(app: App, offer: str) -> int:
    return sum(event.kind is EventKind.REDEEMED for event in app.store.offer_events(offer=offer))
