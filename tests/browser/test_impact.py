"""The pages of impact in a real browser: they fit, everybody can use them, and they ask nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from bot.clock import ManualClock
from bot.model import Claim
from bot.model.access import Role
from tests.support.browser import DESKTOP, PHONE, visit
from tests.support.counter import person
from tests.support.counts import FULL
from tests.support.database import empty_database
from tests.support.webserver import Till, served
from tests.wiring.test_impact import CONFIG, DAY, NOW, PHRASE

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(120)]

LOOKS = [
    pytest.param({"viewport": PHONE, "color_scheme": "dark"}, id="phone-dark"),
    pytest.param({"viewport": DESKTOP, "color_scheme": "light"}, id="desktop"),
][: None if FULL else 1]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    folder, clock = tmp_path_factory.mktemp("impact"), ManualClock(NOW)
    empty_database(folder)
    with served(folder, text=f'{CONFIG}\n[web]\nlisten = "127.0.0.1:0"\n', clock=clock) as found:
        for back in range(30, 0, -1):
            clock.set(NOW - back * DAY)
            for _ in range(3):
                found.app.counting.redeem(Claim(PHRASE))
        clock.set(NOW)
        rows = [f"clicks,{name},m,{(NOW - back * DAY).date()},{back + 20}" for back in range(1, 20) for name in "ab"]
        found.app.observing.take_in("\n".join(["metric,provider,method,day,value", *rows]).encode())
        yield found


@pytest.fixture(scope="module")
def cookie(shop: Till) -> dict[str, str]:
    return {"name": "heard", "value": person(shop.app, Role.VIEWER), "url": shop.address}


@pytest.mark.parametrize("look", LOOKS)
def test_the_pages_fit_and_are_accessible(
    browser: Browser, shop: Till, cookie: dict[str, str], look: dict[str, Any]
) -> None:
    with visit(browser, shop.address, **look) as visitor:
        visitor.context.add_cookies([cookie])
        for path in ("/impact", "/impact/two-a-day"):
            page = visitor.go(path)
            for summary in page.locator("summary").all():
                summary.click()
            assert visitor.violations() == [], path
            visitor.check()
            drawn = page.locator("img.curve").first
            assert drawn.evaluate("picture => picture.complete && picture.naturalWidth") > 200
            assert f"theme={look['color_scheme']}" in drawn.evaluate("picture => picture.currentSrc")
