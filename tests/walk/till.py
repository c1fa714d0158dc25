"""A till in a process of its own, which a test may kill at any moment: it redeems, and says what it was answered."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from zoneinfo import ZoneInfo

from bot.model import Claim, Offer, OfferKind, RedemptionResult
from bot.offers.ledger.redeem import redeem
from bot.offers.ledger.till import Till
from bot.store.opening import open_store
from bot.store.verbs import HeardStore

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
OFFER = Offer(id="truffle", name="Free truffle", kind=OfferKind.CODE_PHRASE, code="moon cake", per_code=100)
KILLED_AT = 7
"""The claim after whose commit a killed till never answers."""

Answer = tuple[str, str | None, float]
"""The key, the redemption or None, and the seconds that it took."""


def till_of(store: HeardStore, key: str, offer: Offer = OFFER) -> Till:
    """A till whose ids tell whose they are."""
    return Till(store, {offer.id: offer}, NOW, ZoneInfo("UTC"), lambda: f"r_{key}", b"salt")


def claim_all(path: str, keys: list[str], threads: int) -> list[Answer]:
    """Claims the code once under each key, from several threads; each has its own connection."""

    def claim(some: list[str]) -> list[Answer]:
        store = open_store(path)
        answers = [_claim(store, key) for key in some]
        store.close()
        return answers

    with ThreadPoolExecutor(threads) as pool:
        return [
            answer for some in pool.map(claim, [keys[start::threads] for start in range(threads)]) for answer in some
        ]


def answer_until_killed(path: str, keys: list[str], line: Connection) -> None:
    """Claims under each key and tells the answer; after the commit of one it hangs, and is killed before it answers."""
    store = open_store(path)
    for number, key in enumerate(keys):
        result = redeem(till_of(store, f"{key}-first"), Claim("moon cake", key=key))
        if number == KILLED_AT:
            line.send(None)
            line.recv()  # never answered: the kill comes here, between commit and reply
        line.send(result)


def _claim(store: HeardStore, key: str) -> Answer:
    began = time.perf_counter()
    result: RedemptionResult = redeem(till_of(store, key), Claim("moon cake", key=key))
    return key, result.redemption, time.perf_counter() - began
