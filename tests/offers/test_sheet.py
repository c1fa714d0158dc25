"""The printed sheet: whole, escaped, and sufficient unto itself."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from bot.model import IssuedCode, Offer, OfferKind
from bot.offers.ledger.sheet import sheet

OFFER = Offer(id="cards", name="Gift <b>cards</b> & more", kind=OfferKind.UNIQUE_CODES)
HOSTILE = "'\"><script>alert(1)</script>"


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: dict[str, set[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, set()).add(value or "")


def read(page: str) -> _Tags:
    parser = _Tags()
    parser.feed(page)
    return parser


def test_every_code_has_a_card_with_its_picture_and_its_place() -> None:
    page = "".join(sheet(OFFER, [IssuedCode("k7qfm2xr9ct", "fair"), IssuedCode("810g7", None, printed="BLOG7")]))
    assert (page.count("<li>"), page.count("<svg "), page.count('class="place">fair<')) == (2, 2, 1)
    assert "<strong>K7QF-M2XR-9CT</strong>" in page
    assert "<strong>BLOG-7</strong>" in page
    assert "@page { size: A4" in page


def test_nothing_in_it_is_markup_of_others_and_nothing_is_fetched() -> None:
    page = "".join(sheet(OFFER, [IssuedCode("k7", HOSTILE, printed=HOSTILE)], link="https://heard.example/till?code="))
    found = read(page)
    assert not {"script", "b", "img", "link", "a", "iframe"} & set(found.tags)
    assert not {"src", "href"} & found.attributes.keys()
    assert "url(" not in page
    assert re.findall(r"https?://[^\s\"<]+", page) in ([], ["http://www.w3.org/2000/svg"])
    assert "default-src 'none'" in page


@pytest.mark.parametrize("code", ["K7QFM2XR9CT", "X" * 64])
def test_a_longer_code_still_has_its_picture(code: str) -> None:
    assert "<svg " in "".join(sheet(OFFER, [IssuedCode(code.lower(), printed=code)]))
