"""The desk's pages in a real browser: they fit, everybody can use them, they ask nobody else, and they stay fresh."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from bot.clock import ManualClock
from bot.model import Claim
from bot.model.access import Role
from tests.support.browser import DESKTOP, PHONE, visit
from tests.support.counter import CONFIG, NOW, PHRASE, person, trade
from tests.support.counts import FULL
from tests.support.database import empty_database
from tests.support.webserver import Till, served

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(120)]

LOOKS = [
    pytest.param({"viewport": PHONE, "color_scheme": "dark"}, id="phone-dark"),
    pytest.param({"viewport": DESKTOP, "color_scheme": "light"}, id="desktop"),
][: None if FULL else 1]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    folder, clock = tmp_path_factory.mktemp("shop"), ManualClock(NOW)
    empty_database(folder)
    with served(folder, text=CONFIG, clock=clock) as found:
        trade(found.app, clock)
        yield found


@pytest.fixture(scope="module")
def cookie(shop: Till) -> dict[str, Any]:
    return {"name": "heard", "value": person(shop.app, Role.COMMUNITY), "url": shop.address}


@pytest.mark.parametrize("look", LOOKS)
def test_the_pages_fit_and_are_accessible(
    browser: Browser, shop: Till, cookie: dict[str, Any], look: dict[str, Any]
) -> None:
    with visit(browser, shop.address, **look) as visitor:
        visitor.context.add_cookies([cookie])
        for path in ("/desk", "/desk/offers/truffle", "/desk/offers/few")[: None if FULL else 2]:
            page = visitor.go(path)
            for summary in page.locator("summary").all():
                summary.click()
            assert visitor.violations() == [], path
            visitor.check()
        drawn = visitor.go("/desk/offers/truffle").locator("img.curve")
        assert drawn.evaluate("picture => picture.complete && picture.naturalWidth") > 300
        scheme = "dark" if look["color_scheme"] == "dark" else "light"
        assert f"theme={scheme}" in drawn.evaluate("picture => picture.currentSrc")


def test_the_figures_stay_fresh_and_nobody_loses_their_place(
    browser: Browser, shop: Till, cookie: dict[str, Any]
) -> None:
    with visit(browser, shop.address, viewport=DESKTOP) as visitor:
        visitor.context.add_cookies([cookie])
        page = visitor.go("/desk/offers/truffle")
        page.get_by_text("The days as a table").click()
        before = int(page.locator(".big-number").first.inner_text())
        shop.app.counting.redeem(Claim(PHRASE, placement="counter"))
        page.get_by_role("link", name="Refresh").click()
        expect(page.locator(".big-number").first).to_have_text(str(before + 1))
        expect(page.get_by_role("region", name="Redemptions by day")).to_be_visible()
        expect(page.locator("#said")).to_contain_text("As of")
        visitor.context.set_offline(True)
        page.get_by_role("link", name="Refresh").click()
        expect(page.locator("#said")).to_contain_text("No connection")
        visitor.complaints.clear()  # of the lost line


def test_codes_are_issued_with_the_keyboard_alone(browser: Browser, shop: Till, cookie: dict[str, Any]) -> None:
    issued = len(list(shop.app.store.codes("cards")))
    with visit(browser, shop.address, viewport=PHONE) as visitor:
        visitor.context.add_cookies([cookie])
        page = visitor.go("/desk/offers/cards")
        page.get_by_text("Issue codes").focus()
        page.keyboard.press("Enter")
        page.get_by_label("How many", exact=True).fill("7")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status").first).to_contain_text("7 codes were issued.")
        visitor.check()
        with page.expect_download() as download:
            page.get_by_role("link", name="Codes (CSV)").click()
        assert download.value.suggested_filename == "cards-codes.csv"
        assert len(download.value.path().read_text("utf-8-sig").splitlines()) == 1 + issued + 7
