"""The till in a real browser: a phone in somebody's hand, a slow line, a lost line, a scanner, no script at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from bot.clock import ManualClock
from bot.model import Claim, EventKind
from tests.support.browser import DESKTOP, PHONE, Visit, visit
from tests.support.counter import CONFIG, NOW, PHRASE, phone
from tests.support.counts import FULL
from tests.support.database import empty_database
from tests.support.webserver import Till, served

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(120)]

LOOKS = [
    pytest.param({"viewport": PHONE, "color_scheme": "light"}, id="phone"),
    pytest.param({"viewport": DESKTOP, "color_scheme": "dark"}, id="desktop-dark"),
][: None if FULL else 1]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    folder = tmp_path_factory.mktemp("shop")
    empty_database(folder)
    with served(folder, text=CONFIG, clock=ManualClock(NOW)) as found:
        yield found


@pytest.fixture
def at_till(browser: Browser, shop: Till) -> Iterator[Visit]:
    with _at(browser, shop) as visitor:
        yield visitor
        visitor.check()


def _at(browser: Browser, shop: Till, **options: Any) -> Any:
    return _Signed(browser, shop, options)


class _Signed:
    """A window in which a phone with a key link of its own stands at the counter."""

    def __init__(self, browser: Browser, shop: Till, options: dict[str, Any]) -> None:
        self.visit = visit(browser, shop.address, **options)
        self.shop = shop

    def __enter__(self) -> Visit:
        visitor = self.visit.__enter__()
        token = phone(self.shop.app, "counter")
        visitor.context.add_cookies([{"name": "heard", "value": token, "url": visitor.home}])
        visitor.go("/till")
        return visitor

    def __exit__(self, *error: object) -> None:
        self.visit.__exit__(*error)  # type: ignore[arg-type]


def _redeemed(shop: Till) -> int:
    return sum(event.kind is EventKind.REDEEMED for event in shop.app.store.offer_events())


def _type(page: Page, code: str) -> None:
    """As a scanner does: the letters and Enter, wherever the focus is."""
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def _held_until_it_counts(page: Page) -> None:
    page.wait_for_timeout(650)  # an answer cannot be dismissed by the second tap of a double tap


@pytest.mark.parametrize("look", LOOKS)
def test_every_state_of_the_till_is_accessible_and_fits(browser: Browser, shop: Till, look: dict[str, Any]) -> None:
    (code, other) = shop.app.counting.issue("cards", 2)
    shop.app.counting.redeem(Claim(code, placement="market"))
    wrong = other[:4] + ("C" if other[4] != "C" else "D") + other[5:]
    told = {PHRASE: "Redeemed", code: "Used before", wrong: "Did you mean", "x" * 300: "Not known"}
    with _at(browser, shop, **look) as visitor:
        page = visitor.page
        page.get_by_text("More", exact=True).click()
        assert visitor.violations() == []
        visitor.check()
        for typed, words in told.items():
            page.locator("#code").fill(typed)
            page.locator("#code").press("Enter")
            expect(page.locator("#answer")).to_contain_text(words)
            assert visitor.violations() == [], words
            visitor.check()
            _held_until_it_counts(page)
            page.keyboard.press("Enter")
            expect(page.locator("#code")).to_be_focused()


def test_a_scanner_needs_no_other_hand(at_till: Visit, shop: Till) -> None:
    page, before = at_till.page, _redeemed(shop)
    expect(page.locator("#code")).to_be_focused()
    _type(page, PHRASE)
    expect(page.locator("#answer h1")).to_have_text("Redeemed")
    expect(page.locator("#said")).to_contain_text("Redeemed. Free truffle.")
    (code,) = shop.app.counting.issue("cards", 1)
    _type(page, code)  # the next one, while the answer still stands
    expect(page.locator(".told-offer")).to_have_text("Gift cards")
    assert _redeemed(shop) == before + 2
    assert page.title().startswith("Redeemed")


def test_a_double_tap_counts_once_and_its_answer_stays(at_till: Visit, shop: Till) -> None:
    page, before = at_till.page, _redeemed(shop)
    page.locator("#code").fill(PHRASE)
    page.locator(".till-go").dblclick()
    expect(page.locator("#answer h1")).to_have_text("Redeemed")
    page.keyboard.press("Enter")
    expect(page.locator("#answer h1")).to_have_text("Redeemed")
    assert _redeemed(shop) == before + 1


def test_a_scanner_that_reads_twice_is_asked_first(at_till: Visit, shop: Till) -> None:
    page, before = at_till.page, _redeemed(shop)
    _type(page, PHRASE)
    expect(page.locator("#answer h1")).to_have_text("Redeemed")
    _type(page, PHRASE)
    expect(page.locator(".again")).to_be_visible()
    assert _redeemed(shop) == before + 1
    page.keyboard.press("Enter")
    expect(page.locator("#answer h1")).to_have_text("Redeemed")
    assert _redeemed(shop) == before + 2


def test_an_answer_that_is_lost_on_the_way_is_asked_for_again_and_counts_once(at_till: Visit, shop: Till) -> None:
    page, before, keys = at_till.page, _redeemed(shop), []

    def lose_the_first_answer(route: Route) -> None:
        keys.append(route.request.post_data.split("key=")[1].split("&")[0] if route.request.post_data else "")
        answer = route.fetch()
        if len(keys) == 1:
            route.abort("connectionreset")
        else:
            route.fulfill(response=answer)

    page.route("**/till", lose_the_first_answer)
    _type(page, PHRASE)
    expect(page.locator("#asking h1")).to_have_text("No connection")
    assert at_till.violations() == []
    expect(page.locator("#answer h1")).to_have_text("Redeemed", timeout=10_000)
    expect(page.locator("#answer")).to_contain_text("it counted once")
    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert _redeemed(shop) == before + 1
    at_till.complaints.clear()  # the browser itself complains about the lost answer


def test_a_slow_line_says_so_and_a_server_in_trouble_is_asked_again(at_till: Visit, shop: Till) -> None:
    page, before, held = at_till.page, _redeemed(shop), []
    page.route("**/till", lambda route: held.append(route), times=1)  # noqa: PLW0108 playwright marks functions
    _type(page, PHRASE)
    expect(page.locator("#asking h1")).to_have_text("Slow line")
    held[0].fulfill(status=503, body="busy")
    expect(page.locator("#asking h1")).to_have_text("Not sure yet")
    expect(page.locator("#asking")).to_contain_text("It cannot count twice")
    page.get_by_role("button", name="Ask now").click()
    expect(page.locator("#answer h1")).to_have_text("Redeemed")
    assert _redeemed(shop) == before + 1
    at_till.complaints.clear()  # of the 503


def _lose_what_is_asked(route: Route) -> None:
    if route.request.method == "POST":
        route.abort("internetdisconnected")
    else:
        route.continue_()


def test_without_a_line_the_code_is_kept_over_a_reload_and_counts_once(at_till: Visit, shop: Till) -> None:
    page, before = at_till.page, _redeemed(shop)
    # Only what is asked is lost: the page itself can be loaded again, and asks again as soon as it may.
    at_till.context.route("**/*", _lose_what_is_asked)
    _type(page, PHRASE)
    expect(page.locator("#asking h1")).to_have_text("No connection")
    page.reload()
    expect(page.locator("#asking .told-code")).to_have_text(PHRASE)
    assert _redeemed(shop) == before
    at_till.context.unroute("**/*", _lose_what_is_asked)
    expect(page.locator("#answer h1")).to_have_text("Redeemed", timeout=20_000)
    assert _redeemed(shop) == before + 1
    at_till.complaints.clear()  # of the lost line


def test_who_stops_asking_gets_the_code_back_under_the_same_key(at_till: Visit, shop: Till) -> None:
    page, before = at_till.page, _redeemed(shop)
    key = page.locator("[name=key]").first.input_value()
    at_till.context.set_offline(True)
    _type(page, PHRASE)
    page.get_by_role("button", name="Stop asking").click()
    expect(page.locator("#code")).to_have_value(PHRASE)
    assert page.locator("[name=key]").first.input_value() == key
    at_till.context.set_offline(False)
    page.keyboard.press("Enter")
    expect(page.locator("#answer h1")).to_have_text("Redeemed")
    assert _redeemed(shop) == before + 1
    at_till.complaints.clear()


def test_all_of_it_works_without_any_script(browser: Browser, shop: Till) -> None:
    before = _redeemed(shop)
    with _at(browser, shop, java_script_enabled=False) as visitor:
        page = visitor.page
        expect(page.locator("#code")).to_be_focused()  # a scanner is not quicker than the page
        _type(page, PHRASE)
        expect(page.locator("#answer h1")).to_have_text("Redeemed")
        page.get_by_text("Give it back", exact=True).click()
        page.get_by_role("button", name="Yes, give it back").click()
        expect(page.locator("#answer h1")).to_have_text("Given back")
        page.keyboard.press("Enter")  # Next has the focus
        expect(page.locator("#code")).to_be_focused()
        _type(page, "nobody's code")
        expect(page.locator("#answer h1")).to_have_text("Not known")
    assert _redeemed(shop) == before + 1


def test_the_camera_reads_a_code_where_the_browser_can(browser: Browser, shop: Till) -> None:
    detector = """
      window.BarcodeDetector = class {{
        static async getSupportedFormats() {{ return ["qr_code"]; }}
        async detect() {{ return [{{ rawValue: "https://example.org/x?code={}" }}]; }}
      }};
      navigator.mediaDevices.getUserMedia = async () => {{
        const canvas = document.createElement("canvas"); canvas.getContext("2d").fillRect(0, 0, 9, 9);
        return canvas.captureStream(5);
      }};
    """.format(PHRASE.replace(" ", "+"))
    before = _redeemed(shop)
    with _at(browser, shop) as visitor:
        page = visitor.page
        expect(page.locator("#camera")).to_be_hidden()  # this browser cannot
        visitor.context.add_init_script(detector)
        page.reload()
        page.get_by_role("button", name="Scan with the camera").click()
        expect(page.locator("#answer h1")).to_have_text("Redeemed", timeout=15_000)
        visitor.check()
    assert _redeemed(shop) == before + 1
