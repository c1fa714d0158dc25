"""The till's page through the real app, as a browser without scripts uses it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from bot.clock import ManualClock
from bot.model import Claim, EventKind
from bot.model.access import Role
from bot.web.pages.answers import answer_of
from bot.wiring import App
from bot.wiring.offers.serving import Served
from tests.support.counter import HOSTILE, NOW, OFFERS, PHRASE, person, phone
from tests.support.database import empty_database
from tests.support.web import browser_of, heard_app, token_in


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    empty_database(tmp_path)
    app = heard_app(tmp_path, web=OFFERS, now=NOW)
    yield app
    app.close()


@pytest.fixture
def till(app: App) -> TestClient:
    return _till(app, phone(app, "counter"))


def _till(app: App, token: str) -> TestClient:
    client = browser_of(app)
    client.cookies.set("heard", token)
    return client


def _ask(till: TestClient, code: str, key: str | None = None, **more: str) -> str:
    page = till.get("/till").text
    fields = {"form_token": token_in(page), "key": key or _key(page), "code": code, **more}
    answer = till.post("/till", data=fields)
    assert answer.status_code == 200
    return answer.text


def _key(page: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', page)
    assert found
    return found[1]


def _answer(page: str) -> str:
    """What is told, as text."""
    found = re.search(r'<section id="answer" class="told (\w+)" data-said="([^"]*)"', page)
    assert found, page
    return f"{found[1]}: {html.unescape(found[2])}"


def _redeemed(app: App) -> int:
    return sum(event.kind is EventKind.REDEEMED for event in app.store.offer_events())


def test_a_code_is_redeemed_and_the_answer_says_what_and_where_and_when(app: App, till: TestClient) -> None:
    page = _ask(till, "The  Moon is made of Ganache!")
    assert _answer(page) == "redeemed: Redeemed. Free truffle. counter. today at 14:05."
    assert 'href="/till" role="button" data-do="next" autofocus' in page
    assert _redeemed(app) == 1
    event = next(app.store.offer_events())
    assert (event.placement, str(event.door), event.key is not None) == ("counter", "till", True)


def test_what_is_left_is_told_where_there_is_a_cap(till: TestClient) -> None:
    assert "1 left" in _ask(till, "three little truffles")
    assert "none left: this was the last" in _ask(till, "three little truffles")
    assert _answer(_ask(till, "three little truffles")).endswith("All 2 have been given away.")


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("auld lang syne", "Too late. Winter tasting. This offer ended on Sun 1 Mar at 0:00."),
        ("first asparagus", "Too early. Spring tasting. This offer starts on Wed 1 Apr at 0:00."),
        ("no such code", "Not known. No offer has this code. Check it letter by letter and try again."),
        ("🍫🍫🍫", "Not known. No offer has this code. Check it letter by letter and try again."),
        ("x" * 10_000, "Not known. No offer has this code. Check it letter by letter and try again."),
        ("'; DROP TABLE offer_events; --", "Not known."),
    ],
)
def test_a_refusal_says_why_in_plain_words(app: App, till: TestClient, code: str, told: str) -> None:
    assert told in _answer(_ask(till, code))
    assert _redeemed(app) == 0


def test_a_used_code_says_when_and_where_it_was_used(app: App, till: TestClient) -> None:
    (code,) = app.counting.issue("cards", 1)
    app.counting.redeem(Claim(code, placement="market"))
    assert "This code was used today at 14:05, market." in _answer(_ask(till, code.lower()))


def test_a_code_for_another_place_names_the_place(app: App, till: TestClient) -> None:
    (code,) = app.counting.issue("cards", 1, "market")
    assert _answer(_ask(till, code)).startswith(
        "refused: Not for here. Gift cards. This code does not count at “counter”."
    )


def test_the_same_form_sent_twice_counts_once_without_any_script(app: App, till: TestClient) -> None:
    first = _ask(till, PHRASE, "till-one")
    again = _ask(till, PHRASE, "till-one")
    assert _redeemed(app) == 1
    assert "This was asked before: it counted once, today at 14:05." in _answer(again)
    assert "asked before" not in _answer(first)


def test_a_form_that_was_used_for_another_code_redeems_nothing(app: App, till: TestClient) -> None:
    _ask(till, PHRASE, "till-one")
    assert _answer(_ask(till, "three little truffles", "till-one")).startswith("unsure: Ask again.")
    assert _redeemed(app) == 1


def test_a_mistyped_code_is_answered_with_what_may_have_been_meant(app: App, till: TestClient) -> None:
    (code,) = app.counting.issue("cards", 1)
    wrong = code[:4] + ("C" if code[4] != "C" else "D") + code[5:]
    page = _ask(till, wrong)
    assert f"Yes, redeem {code}" in page
    hint = re.search(r'<form method="post" action="/till" class="told-hint".*?</form>', page, re.DOTALL)
    assert hint
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', hint[0]))
    assert _answer(till.post("/till", data=fields).text).startswith("redeemed: Redeemed. Gift cards.")


def test_what_was_just_redeemed_can_be_given_back_here_for_ten_minutes(app: App, till: TestClient) -> None:
    page = _ask(till, PHRASE)
    back = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page[page.index('action="/till/give-back"') :]))
    assert _answer(till.post("/till/give-back", data=back).text).startswith("redeemed: Given back. Free truffle.")
    again = till.post("/till/give-back", data=back | {"key": "another"})
    assert "given back before" in _answer(again.text)
    kinds = [str(event.kind) for event in app.store.offer_events() if event.kind is not EventKind.REFUSED]
    assert kinds == ["redeemed", "rolled_back"]


def test_nothing_is_given_back_too_late_or_by_another_till(app: App, till: TestClient) -> None:
    page = _ask(till, PHRASE)
    back = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page[page.index('action="/till/give-back"') :]))
    other = _till(app, phone(app, "market"))
    taken = back | {"form_token": token_in(other.get("/till").text)}
    assert "can no longer be given back here" in _answer(other.post("/till/give-back", data=taken).text)
    assert isinstance(app.clock, ManualClock)
    app.clock.advance(timedelta(minutes=11))
    assert "can no longer be given back here" in _answer(till.post("/till/give-back", data=back).text)
    assert not [event for event in app.store.offer_events() if event.kind is EventKind.ROLLED_BACK]


def test_a_phone_without_a_place_is_asked_once_where_it_stands(app: App) -> None:
    till = _till(app, phone(app))
    page = till.get("/till").text
    assert "Where does this till stand?" in page
    chosen = till.post("/till/place", data={"form_token": token_in(page), "place": "market"})
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/till")
    _ask(till, PHRASE)
    assert next(app.store.offer_events()).placement == "market"
    strange = till.post("/till/place", data={"form_token": token_in(page), "place": "moon"})
    assert strange.status_code == 303
    assert "<strong" not in till.get("/till").text.split("</section>")[0]


def test_an_amount_that_is_none_redeems_nothing_and_keeps_the_code(app: App, till: TestClient) -> None:
    for value in ("twelve", "1.2.3", "NaN", "1e999999", "-4", "1,234"):
        page = _ask(till, PHRASE, value=value)
        assert "Nothing was redeemed" in page, value
    assert _redeemed(app) == 0
    _ask(till, PHRASE, value="1’234,50", new_customer="yes")
    event = next(event for event in app.store.offer_events() if event.kind is EventKind.REDEEMED)
    assert (event.value, event.currency, event.new_customer) == (Decimal("1234.5"), "EUR", True)


def test_hostile_codes_and_names_are_shown_as_they_are(till: TestClient) -> None:
    hostile = '"><script>alert(1)</script><svg onload=x>{{7*7}}'
    page = _ask(till, hostile)
    assert "<script>alert" not in page
    assert "<svg onload" not in page
    assert "&lt;script&gt;alert(1)" in page
    page = _ask(till, "three little truffles")
    assert HOSTILE not in page
    assert html.escape(HOSTILE, quote=False).split("&amp;")[0].split('"')[0] in page
    assert "<script>" not in till.get("/till", params={"code": hostile}).text


def test_the_last_five_of_this_till_are_shown_and_no_others(app: App, till: TestClient) -> None:
    app.counting.redeem(Claim(PHRASE, placement="market", actor="user:somebody"))
    for _ in range(6):
        page = _ask(till, PHRASE)
    assert page.count('<li class="redeemed">') == 5
    assert "recent" not in _till(app, phone(app, "market")).get("/till").text.split("<footer")[0].split("<h1>")[1]


def test_too_many_unknown_codes_are_asked_to_wait(app: App, till: TestClient) -> None:
    for number in range(app.settings.web.wrong_codes_per_minute):
        _ask(till, f"wrong {number} code")
    before = len(list(app.store.offer_events()))
    assert _answer(_ask(till, "one more wrong")).startswith("unsure: Please wait.")
    assert len(list(app.store.offer_events())) == before


@pytest.mark.parametrize("path", ["/till", "/till/give-back", "/till/place"])
def test_a_form_that_is_not_ours_changes_nothing(app: App, till: TestClient, path: str) -> None:
    assert till.post(path, data={"code": PHRASE, "form_token": "forged"}).status_code == 403
    assert not list(app.store.offer_events())


def test_only_those_who_may_redeem_see_the_till(app: App) -> None:
    assert browser_of(app).get("/till").headers["location"].startswith("/sign-in")
    assert _till(app, person(app, Role.PR)).get("/till").status_code == 403
    assert _till(app, person(app, Role.COMMUNITY)).get("/till").status_code == 200


def test_every_reason_and_event_has_words() -> None:
    from bot.model import Door, Ground, KeepWord, Reason, RedemptionResult
    from bot.words import CAME_BY, DIFFERS, HAPPENED, KEEP, WHY

    assert set(WHY) == set(Reason)
    assert set(HAPPENED) == set(EventKind)
    assert set(CAME_BY) == set(Door)
    assert set(DIFFERS) == set(Ground)
    assert set(KEEP) == set(KeepWord)
    for reason in Reason:
        result = RedemptionResult(False, None, None, None, "x", NOW, reason)
        told = answer_of(Served(NOW, result), NOW.tzinfo)
        assert told.headline, reason
        assert told.words.endswith("."), reason
