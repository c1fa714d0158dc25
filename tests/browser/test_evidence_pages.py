"""Digests, their evidence and the links of readers in a real browser: they fit, everybody can use them, nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from bot.model import Digest, ToneLabel
from bot.model.access import Role
from bot.model.feedback import Judgement
from bot.web.server import Beside, address_of, bind
from tests.support.browser import DESKTOP, PHONE, visit
from tests.support.counts import FULL
from tests.support.evidence import BLAME, PRAISE, Newsroom
from tests.support.web import PASSWORD

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(120)]

LOOKS = [
    pytest.param({"viewport": PHONE, "color_scheme": "dark"}, id="phone-dark"),
    pytest.param({"viewport": DESKTOP, "color_scheme": "light"}, id="desktop"),
    pytest.param({"viewport": PHONE, "color_scheme": "light"}, id="phone"),
    pytest.param({"viewport": DESKTOP, "color_scheme": "dark"}, id="desktop-dark"),
][: None if FULL else 1]
HOSTILE = "Velvet Crumb \N{RIGHT-TO-LEFT OVERRIDE}<b>was\N{ZERO WIDTH SPACE}</b> " + "ا" * 900 + " " + "w" * 4000


@dataclass(frozen=True)
class Site:
    """A served newsroom with a digest that was told."""

    room: Newsroom
    address: str
    cookie: dict[str, Any]
    digest: Digest
    lead: str
    hostile: str


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    room = Newsroom(tmp_path_factory.mktemp("site"), web='listen = "127.0.0.1:0"')
    lead, _ = room.find(BLAME), room.find(PRAISE)
    hostile = room.find(HOSTILE, title="w" * 900, outlet="w" * 300 + ".example")
    digest = room.app.telling.publish(*room.app.telling.window("pr", None))
    room.app.access.add_account("rosa", Role.PR, PASSWORD, actor="test")
    token = room.app.access.sign_in("rosa", PASSWORD, "127.0.0.1")
    listening = bind(room.app.settings)
    address = address_of(listening)
    server = Beside(room.app, listening, ended=lambda: None)
    server.start()
    yield Site(room, address, {"name": "heard", "value": token, "url": address}, digest, lead, hostile)
    server.stop()
    room.app.close()


@pytest.mark.parametrize("look", LOOKS)
def test_the_pages_fit_and_are_accessible(browser: Browser, site: Site, look: dict[str, Any]) -> None:
    link = f"/f/{site.room.token(site.digest, site.lead, Judgement.MESSAGE)}"
    with visit(browser, site.address, **look) as visitor:
        visitor.context.add_cookies([site.cookie])
        for path in (
            "/digests",
            f"/digests/{site.digest.id}",
            "/mentions",
            "/mentions?message=by-hand",
            f"/mentions/{site.lead}",
            f"/mentions/{site.hostile}",
            link,
        ):
            page = visitor.go(path)
            for summary in page.locator("summary").all():
                summary.click()
            assert visitor.violations() == [], path
            visitor.check()


def test_a_reader_answers_on_the_phone_without_an_account_and_is_thanked(browser: Browser, site: Site) -> None:
    link = f"/f/{site.room.token(site.digest, site.lead, Judgement.TONE)}"
    with visit(browser, site.address, java_script_enabled=False) as visitor:
        page = visitor.go(link)
        page.get_by_role("button", name="Tell us").click()  # nothing chosen: the browser asks for it
        expect(page.get_by_role("heading", level=1)).to_contain_text("How does this speak")
        page.get_by_label("Neutral").check()
        page.get_by_role("button", name="Tell us").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
        assert visitor.strangers == []
    assert site.room.scored(site.lead).score.tone.label is ToneLabel.NEUTRAL
