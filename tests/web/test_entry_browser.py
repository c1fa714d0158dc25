"""Signing in, the front page, the account and errors in a real browser, on a phone and on a desk, by day and by night."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Browser

from bot.access.passwords import Passwords
from bot.model.access import Role, Scope
from tests.support.browser import DESKTOP, PHONE, headless, visit
from tests.support.counts import FULL
from tests.support.web import PASSWORD
from tests.support.webserver import Till, served

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(300)]

LOOKS = [(PHONE, "dark"), (DESKTOP, "light"), *([(PHONE, "light"), (DESKTOP, "dark")] if FULL else [])]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with headless() as browser:
        yield browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    with served(tmp_path_factory.mktemp("entry")) as till:
        till.app.access.__dict__["passwords"] = Passwords(PasswordHasher(1, 8, 1))
        till.app.access.add_account("Ada Lovelace-Hopper", Role.ADMIN, PASSWORD, actor="test")
        yield till


def sign_in(page: Any, password: str = PASSWORD) -> None:
    page.get_by_label("Name", exact=True).fill("ada lovelace-hopper")
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_every_page_of_the_entry_is_accessible_and_fits(
    chromium: Browser, site: Till, size: dict[str, int], scheme: str
) -> None:
    with visit(chromium, site.address, viewport=size, color_scheme=scheme) as visitor:
        found = {}
        for path in ("/sign-in", "/till/enter"):
            visitor.go(path)
            found[path] = visitor.violations()
            visitor.check()
        visitor.go("/sign-in?next=/account")
        sign_in(visitor.page)
        visitor.page.wait_for_url("**/account")
        for path in ("/account", "/"):
            visitor.go(path)
            found[path] = visitor.violations()
            visitor.check()
        visitor.page.goto(f"{site.address}/nowhere")
        found["/nowhere"] = visitor.violations()
        assert {path: told for path, told in found.items() if told} == {}
        (complaint,) = visitor.complaints  # the browser's own word on the 404
        assert "404" in complaint
        assert visitor.strangers == []


def test_signing_in_and_out_goes_by_the_keyboard_alone(chromium: Browser, site: Till) -> None:
    with visit(chromium, site.address) as visitor:
        page = visitor.go("/")
        assert page.url.endswith("/sign-in")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.type("ada lovelace-hopper")
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{site.address}/")
        assert page.get_by_role("heading", level=1).inner_text() == "Good to see you, Ada Lovelace-Hopper"
        page.get_by_role("link", name="Your account: Ada Lovelace-Hopper").press("Enter")
        page.get_by_role("button", name="Sign out here").press("Enter")
        page.wait_for_url("**/sign-in?said=out")
        assert page.get_by_role("status").inner_text() == "You are signed out."
        visitor.check()


def test_a_wrong_password_is_said_beside_the_fields_and_the_name_stays(chromium: Browser, site: Till) -> None:
    with visit(chromium, site.address) as visitor:
        page = visitor.go("/sign-in")
        sign_in(page, "wrong password!")
        assert page.get_by_role("alert").inner_text() == "The name or the password is not right."
        assert page.get_by_label("Name", exact=True).input_value() == "ada lovelace-hopper"
        assert visitor.violations() == []


def test_a_key_link_leaves_no_key_in_the_address_and_opens_the_till_by_one_button(
    chromium: Browser, site: Till
) -> None:
    _, text = site.app.access.create_key({Scope.REDEEM}, actor="test", till=True, name="Phone", placement="counter")
    asked: list[str] = []
    with visit(chromium, site.address) as visitor:
        visitor.page.on("request", lambda request: asked.append(request.url + str(request.headers)))
        page = visitor.go(f"/till/enter#{text}")
        assert page.url == f"{site.address}/till/enter"
        assert page.get_by_text("Taken from your link.").is_visible()
        assert visitor.context.cookies() == [] or all(one["name"] != "heard" for one in visitor.context.cookies())
        page.get_by_role("button", name="Open the till").click()
        page.wait_for_url("**/till")
        assert not any(text.split("_")[2] in one for one in asked)
        cookie = next(one for one in visitor.context.cookies() if one["name"] == "heard")
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
        assert page.evaluate("document.cookie") == ""


def test_a_page_of_somebody_else_cannot_show_ours_in_a_frame_or_run_what_it_wrote(
    chromium: Browser, site: Till
) -> None:
    with visit(chromium, site.address) as visitor:
        page = visitor.go("/sign-in")
        page.evaluate(
            "const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s)"
        )
        assert page.evaluate("window.ran") is None
        assert any("Content Security Policy" in said for said in visitor.complaints)
