"""A shop's counter for tests of the till and the desk: offers of every kind, a phone with a key link, some weeks of trade."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from bot.clock import ManualClock
from bot.model import Claim, Door
from bot.model.access import Role, Scope
from bot.wiring import App
from tests.support import web

PHRASE = "the moon is made of ganache"
NOW = datetime(2026, 3, 20, 13, 5, tzinfo=UTC)  # 14:05 in Berlin
HOSTILE = '<b onclick="x">Truffle</b> & =1+1'
OFFERS = """
[[offer]]
id = "cards"
name = "Gift cards"
kind = "unique-codes"
placements = ["counter", "market"]
starts = 2026-03-01
cap = 40

[[offer]]
id = "few"
name = 'HOSTILE'
kind = "code-phrase"
code = "three little truffles"
cap = 2
unit_cost = 0.9
currency = "EUR"

[[offer]]
id = "over"
name = "Winter tasting"
kind = "code-phrase"
code = "auld lang syne"
ends = 2026-03-01

[[offer]]
id = "soon"
name = "Spring tasting"
kind = "code-phrase"
code = "first asparagus"
starts = 2026-04-01
""".replace("HOSTILE", HOSTILE)
CONFIG = web.CONFIG.format(heard="", web='listen = "127.0.0.1:0"\n' + OFFERS)


def phone(app: App, placement: str | None = None) -> str:
    """The session's token of a phone at the till."""
    _, text = app.access.create_key([Scope.REDEEM], actor="test", name="Phone", till=True, placement=placement)
    return app.access.enter_till(text)[0]


def person(app: App, role: Role) -> str:
    """The session's token of somebody with that role, named after it."""
    app.access.add_account(str(role), role, web.PASSWORD, actor="test")
    return app.access.sign_in(str(role), web.PASSWORD, "127.0.0.1")


def trade(app: App, clock: ManualClock, days: int = 20) -> None:
    """Some weeks at the counter up to now: redemptions, refusals, one given back; always the same."""
    chance, until = random.Random(5), clock.now()
    codes = iter(app.counting.issue("cards", 30))
    for day in range(days):
        clock.set(until - timedelta(days=days - 1 - day, hours=3))
        for _ in range(chance.choice([0, 1, 2, 3])):
            where = chance.choice(["counter", "market"])
            app.counting.redeem(Claim(PHRASE, placement=where, new_customer=True, door=Door.TILL, actor="user:ada"))
        if day % 4 == 0:
            app.counting.redeem(Claim(next(codes), placement="market", door=Door.API, actor="key:k1"))
            app.counting.redeem(Claim(PHRASE, placement="kitchen", door=Door.TILL, actor="user:ada"))
    clock.set(until)
    last = app.counting.redeem(Claim(PHRASE, placement="counter", door=Door.TILL, actor="user:ada"))
    app.counting.roll_back(last.redemption or "", door=Door.TILL, actor="user:ada")
