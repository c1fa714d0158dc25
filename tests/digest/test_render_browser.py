"""Letters in a real Chromium: nobody scrolls sideways, contrasts hold in light and dark, also where styles are dropped."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from bot.model import Audience
from bot.notify.pictures import with_pictures_inlined
from tests.digest.letters import AUDIENCES, html_for, pictures_for
from tests.support.browser import headless, visit
from tests.support.counts import FULL

pytestmark = pytest.mark.chromium

WIDTHS = (600, 375)
HEAD_STYLES = re.compile(r"<style>.*?</style>", re.DOTALL)
ALL_STYLES = re.compile(r'<style>.*?</style>| style="[^"]*"', re.DOTALL)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with headless() as opened:
        yield opened


def page_of(audience: Audience) -> str:
    return with_pictures_inlined(html_for(audience), pictures_for(audience))


@pytest.mark.parametrize("audience", AUDIENCES if FULL else (Audience.EXECUTIVE,), ids=str)
def test_letters_fit_and_can_be_read_in_light_and_dark(browser: Browser, audience: Audience) -> None:
    html = page_of(audience)
    for scheme in ("light", "dark"):
        with visit(browser, "", color_scheme=scheme) as visitor:
            visitor.page.set_content(html)
            for width in WIDTHS:
                visitor.page.set_viewport_size({"width": width, "height": 900})
                visitor.check()
            assert visitor.violations() == []


def test_a_dark_letter_is_dark(browser: Browser) -> None:
    with visit(browser, "", color_scheme="dark") as visitor:
        visitor.page.set_content(page_of(Audience.PR))
        shade = visitor.page.evaluate("getComputedStyle(document.querySelector('.paper')).backgroundColor")
    assert shade == "rgb(30, 28, 26)"


@pytest.mark.parametrize(
    ("dropped", "room"), [(HEAD_STYLES, 375), (ALL_STYLES, 600)], ids=["the head's styles", "all styles"]
)
def test_letters_fit_where_a_program_drops_styles(browser: Browser, dropped: re.Pattern[str], room: int) -> None:
    with visit(browser, "", viewport={"width": room, "height": 900}) as visitor:
        for audience in AUDIENCES:
            visitor.page.set_content(dropped.sub("", html_for(audience)))  # and shows no pictures
            width = visitor.page.evaluate("document.documentElement.scrollWidth")
            assert width <= room, audience
