"""The desk's pages and files through the real app: what they show equals the ledger, and nothing in it is trusted."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from bot.clock import ManualClock
from bot.model import Claim, Door, EventKind, IssuedCode, Named, Page, Sighting, Standing
from bot.model.access import Role
from bot.wiring import App
from tests.support.counter import HOSTILE, NOW, OFFERS, PHRASE, person, phone, trade
from tests.support.database import empty_database
from tests.support.samples import BLOGS, HOUR, NOON, a_mention, an_item
from tests.support.web import browser_of, heard_app, token_in


@pytest.fixture(scope="module")
def traded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """Some weeks of trade, only read."""
    folder = tmp_path_factory.mktemp("traded")
    empty_database(folder)
    app = heard_app(folder, web=OFFERS, now=NOW)
    assert isinstance(app.clock, ManualClock)
    trade(app, app.clock)
    app.counting.redeem(Claim(PHRASE, placement="=1+1", door=Door.API, actor='key:"><script>'))
    yield app
    app.close()


@pytest.fixture(scope="module")
def desk(traded: App) -> TestClient:
    return _desk(traded, Role.COMMUNITY)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    """A fresh installation."""
    empty_database(tmp_path)
    app = heard_app(tmp_path, web=OFFERS, now=NOW)
    yield app
    app.close()


def _desk(app: App, role: Role) -> TestClient:
    client = browser_of(app)
    client.cookies.set("heard", person(app, role))
    return client


def _text(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def _rows(answer: str) -> list[dict[str, str]]:
    assert answer.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(answer[1:], newline="")))


def test_the_desk_shows_each_count_with_its_word(traded: App, desk: TestClient) -> None:
    page = desk.get("/desk").text
    whole = next(row for row in traded.reconciling.counts() if row.offer == "truffle" and row.placement is None)
    card = _text(page.split("</article>")[0].split("<article")[1])
    assert f"Today {whole.today} provisional This week {whole.this_week} provisional" in card
    assert f"In all {whole.total} " in card
    assert "not said" not in card
    assert page.count('class="big-number"') == 3 * 5
    assert "35 of 40 left" in _text(page)


def test_the_words_are_never_left_out(desk: TestClient) -> None:
    for path in ("/desk", "/desk/offers/truffle"):
        page = desk.get(path).text
        for number in re.findall(
            r'<span class="(?:big-number|count)">[^<]*</span>\s*(<span class="word [^"]+">)?', page
        ):
            assert number, path


def test_an_offers_page_says_all_about_it(desk: TestClient) -> None:
    told = _text(desk.get("/desk/offers/truffle").text)
    for part in (
        "People say the moon is made of ganache",
        "code for another place 6",
        "Keep it up?",
        "Nothing is compared with this offer",
        "Not causal",
        "No shop has sent a count of its own",
        "given back later",
        "The days as a table",
        "Switch this offer off",
    ):
        assert part in told, part


def test_the_table_of_days_adds_up_to_the_total(traded: App, desk: TestClient) -> None:
    rows = _rows(desk.get("/desk/offers/truffle/days.csv").text)
    whole = next(row for row in traded.reconciling.counts() if row.offer == "truffle" and row.placement is None)
    assert sum(int(row["redeemed"]) for row in rows) == whole.total > 10
    days = [row["day"] for row in rows]
    assert days == sorted(set(days))
    assert days[-1] == "2026-03-20"
    assert len(days) == 20
    assert {row["status"] for row in rows[:-1]} == {"final"}
    assert rows[-1]["status"] == "provisional"


def test_the_file_of_events_is_the_ledger_and_no_formula(traded: App, desk: TestClient) -> None:
    answer = desk.get("/desk/offers/truffle/events.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="truffle-events.csv"'
    rows = _rows(answer.text)
    events = list(traded.store.offer_events(offer="truffle"))
    assert [row["id"] for row in rows] == [event.id for event in events]
    assert [row["event"] for row in rows] == [str(event.kind) for event in events]
    assert rows[-1]["placement"] == "'=1+1"
    assert "customer" not in rows[0]
    assert rows[0]["at"].endswith("+01:00")


def test_the_curve_is_drawn_for_both_lights_and_both_widths(desk: TestClient) -> None:
    seen = set()
    for theme in ("light", "dark", '"><script>'):
        for narrow in ("0", "1"):
            answer = desk.get("/desk/offers/truffle/curve.svg", params={"theme": theme, "narrow": narrow})
            assert answer.headers["content-type"] == "image/svg+xml"
            assert answer.text.startswith("<svg")
            assert "<script" not in answer.text
            seen.add(answer.text)
    assert len(seen) == 4


def test_a_picture_has_words_and_a_table_beside_it(desk: TestClient) -> None:
    page = desk.get("/desk/offers/truffle").text
    alt = re.search(r'<img class="curve"[^>]* alt="([^"]+)"', page)
    assert alt
    assert re.fullmatch(r"Redemptions from 1 Mar 2026 to 20 Mar 2026: \d+ in all\. The most on one day .*\.", alt[1])
    assert page.count('<th scope="row">') >= 20


def test_hostile_names_and_actors_are_shown_as_they_are(desk: TestClient) -> None:
    for path in ("/desk", "/desk/offers/few", "/desk/offers/truffle"):
        page = desk.get(path).text
        assert HOSTILE not in page
        assert "<script>" not in page


def test_an_unknown_offer_is_not_found(desk: TestClient) -> None:
    for path in ("/desk/offers/none", "/desk/offers/none/curve.svg", "/desk/offers/none/events.csv"):
        assert desk.get(path).status_code == 404, path


def test_what_has_not_begun_says_so(desk: TestClient) -> None:
    told = _text(desk.get("/desk/offers/soon").text)
    assert "starts Wed 01 Apr 00:00" in told
    assert "Nothing yet." in told


def test_no_offer_at_all_says_what_to_do(tmp_path: Path) -> None:
    app = heard_app(tmp_path, now=NOW)
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "heard.toml").write_text('[heard]\ntimezone = "Europe/Berlin"\n', encoding="utf-8")
    from config.settings import load_settings

    empty = App(load_settings(bare / "heard.toml"), ManualClock(NOW))
    empty.access.__dict__["passwords"] = app.access.passwords
    told = _text(_desk(empty, Role.VIEWER).get("/desk").text)
    assert "No offer is configured" in told
    assert "[[offer]]" in told
    empty.close()
    app.close()


def test_codes_are_issued_once_and_come_as_a_file(app: App) -> None:
    desk = _desk(app, Role.COMMUNITY)
    page = desk.get("/desk/offers/cards").text
    form = {"form_token": token_in(page), "count": "25", "placement": "market"}
    done = desk.post("/desk/offers/cards/issue", data=form)
    assert (done.status_code, done.headers["location"]) == (303, "/desk/offers/cards")
    assert "25 codes were issued." in _text(desk.get("/desk/offers/cards").text)
    rows = _rows(desk.get("/desk/offers/cards/codes.csv").text)
    kept: list[IssuedCode] = list(app.store.codes("cards"))
    assert [row["code"] for row in rows] == [code.printed for code in kept]
    assert {row["placement"] for row in rows} == {"market"}
    assert len(rows) == 25
    for count in ("0", "10001", "-1", "²", "many", ""):
        assert desk.post("/desk/offers/cards/issue", data=form | {"count": count}).status_code == 303
    desk.post("/desk/offers/cards/issue", data=form | {"placement": "the moon"})
    desk.post("/desk/offers/truffle/issue", data=form)
    assert len(list(app.store.codes("cards"))) == 25


def test_the_page_issues_codes_for_the_places_for_which_the_command_does(tmp_path: Path) -> None:
    empty_database(tmp_path)
    anywhere = '[[offer]]\nid = "any"\nname = "Anywhere"\nkind = "unique-codes"\n'
    app = heard_app(tmp_path, web=OFFERS + anywhere, now=NOW)
    desk = _desk(app, Role.COMMUNITY)
    token = token_in(desk.get("/desk/offers/cards").text)

    def issue(offer: str, placement: str) -> str:
        form = {"form_token": token, "count": "2", "placement": placement}
        assert desk.post(f"/desk/offers/{offer}/issue", data=form).status_code == 303
        return _text(desk.get(f"/desk/offers/{offer}").text)

    assert "No code was issued: offer 'cards' has no placement 'the moon'; configured: counter, market" in issue(
        "cards", "the moon"
    )
    assert "2 codes were issued." in issue("cards", "MARKET")
    assert "2 codes were issued." in issue("any", "the moon")
    assert [code.placement for code in app.store.codes("cards")] == ["market"] * 2
    assert [code.placement for code in app.store.codes("any")] == ["the moon"] * 2
    app.close()


def test_a_day_of_which_not_all_was_told_is_not_shown_as_a_final_nought(tmp_path: Path) -> None:
    empty_database(tmp_path)
    dark = (NOW - timedelta(days=3)).date()
    app = heard_app(tmp_path, web=OFFERS.replace('id = "few"', f'id = "few"\ngaps = [{dark}]'), now=NOW)
    shown = _desk(app, Role.COMMUNITY).get("/desk/offers/few").text
    assert "Of 1 day not all was told." in shown
    page = _text(shown)
    assert f"{dark:%a %d %b %Y} 0 0 0 0 provisional, not all told" in page
    assert "In all 0 provisional" in page
    app.close()


def test_an_offer_is_switched_off_and_on_again(app: App) -> None:
    desk = _desk(app, Role.ADMIN)
    form = {"form_token": token_in(desk.get("/desk/offers/truffle").text)}
    assert desk.post("/desk/offers/truffle/switch", data=form | {"on": "no"}).status_code == 303
    assert str(app.counting.redeem(Claim(PHRASE, placement="counter")).reason) == "disabled"
    told = _text(desk.get("/desk/offers/truffle").text)
    assert "switched off" in told
    assert "Yes, switch it on" in told
    desk.post("/desk/offers/truffle/switch", data=form | {"on": "yes"})
    assert app.counting.redeem(Claim(PHRASE, placement="counter")).redeemed
    switched = app.counting.events(5, offer="truffle", kinds=(EventKind.DISABLED, EventKind.ENABLED))
    assert [(str(event.kind), event.actor) for event in switched] == [
        ("enabled", "user:admin"),
        ("disabled", "user:admin"),
    ]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.PR])
def test_who_may_only_read_sees_the_figures_and_takes_nothing_home(traded: App, role: Role) -> None:
    desk = _desk(traded, role)
    page = desk.get("/desk/offers/cards")
    assert page.status_code == 200
    assert "Take home" not in page.text
    token = phone(traded)  # any form's token is this session's own; a reader's page has none
    for path in ("events.csv", "days.csv", "codes.csv"):
        assert desk.get(f"/desk/offers/cards/{path}").status_code == 403
    for path in ("issue", "switch"):
        assert desk.post(f"/desk/offers/cards/{path}", data={"form_token": token, "count": "1"}).status_code == 403


def test_a_till_sees_no_desk(traded: App) -> None:
    client = browser_of(traded)
    client.cookies.set("heard", phone(traded))
    assert client.get("/desk").status_code == 403
    assert browser_of(traded).get("/desk").headers["location"] == "/sign-in?next=/desk"


def test_an_order_from_another_site_changes_nothing(app: App) -> None:
    desk = _desk(app, Role.ADMIN)
    for path in ("issue", "switch"):
        assert desk.post(f"/desk/offers/cards/{path}", data={"form_token": "forged", "count": "5"}).status_code == 403
    assert not list(app.store.codes("cards"))


def test_a_leak_is_named_marked_in_the_curve_and_shown_apart(app: App) -> None:
    assert isinstance(app.clock, ManualClock)
    trade(app, app.clock)
    item = replace(an_item(1, f"Free: {PHRASE}"), published_at=NOW - timedelta(days=6))
    app.store.add_targets([BLOGS], NOON)
    app.store.save_page(BLOGS, Page(items=(item,)), [a_mention(item, "moon", NOON)], NOON, NOON + HOUR)
    code = next(event.code for event in app.store.offer_events(offer="truffle"))
    at = item.published_at or NOON
    seen = Sighting("truffle", Named.CODE, code, item.key, HOSTILE, at, at, standing=Standing.OUTSIDE)
    app.store.save_sightings([item], [seen], "test")
    desk = _desk(app, Role.COMMUNITY)
    page = desk.get("/desk/offers/truffle").text
    told = _text(page)
    assert f"Seen outside its places: {code} at " in told
    assert HOSTILE not in page
    leaked = sum(int(row["after_leak"]) for row in _rows(desk.get("/desk/offers/truffle/days.csv").text))
    assert leaked > 0
    assert f"{leaked} came after the code had leaked." in html.unescape(page)
    assert "leak seen" in desk.get("/desk/offers/truffle/curve.svg").text
    events = _rows(desk.get("/desk/offers/truffle/events.csv").text)
    assert sum(row["after_leak"] == "true" for row in events) >= leaked
    assert "after leak" in told
    latest = app.showing.latest(10)
    after = list(map(app.showing.after_leak(), latest))
    assert any(after)
    rows = re.findall("<tr role.*?</tr>", desk.get("/desk").text.partition("What happened last")[2], re.DOTALL)[1:]
    assert [">after leak<" in row for row in rows] == after
