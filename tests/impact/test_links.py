"""Tagged links: the page stays the one that was meant, whatever its address looks like."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import ConfigError
from bot.impact.links import LONGEST, campaign_of, tagged
from tests.support.counts import examples

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TAGS = "utm_source=letter&utm_medium=email&utm_campaign=spring"


def made(url: str, **more: str) -> str:
    return tagged(url, **{"campaign": "spring", "source": "letter", "medium": "email", **more}, made_at=NOON).url


@pytest.mark.parametrize(
    ("given_url", "expected"),
    [
        ("https://shop.example", f"https://shop.example/?{TAGS}"),
        ("https://shop.example/a?b=1&c", f"https://shop.example/a?b=1&c&{TAGS}"),
        ("https://shop.example/a#part", f"https://shop.example/a?{TAGS}#part"),
        ("https://shop.example/a?#", f"https://shop.example/a?{TAGS}"),
        ("https://shop.example/a?q=%2B%26x%3D1#/route?x=1", f"https://shop.example/a?q=%2B%26x%3D1&{TAGS}#/route?x=1"),
        ("https://shop.example/a?utm_source=old&UTM_Campaign=x&b=1", f"https://shop.example/a?b=1&{TAGS}"),
        ("https://müller.example/käse?ö=ß", f"https://xn--mller-kva.example/k%C3%A4se?%C3%B6=%C3%9F&{TAGS}"),
        ("https://SHOP.example:8443/A", f"https://shop.example:8443/A?{TAGS}"),
        ("http://[2001:db8::1]:80/x", f"http://[2001:db8::1]:80/x?{TAGS}"),
        ("  https://shop.example/a;v=1,2  ", f"https://shop.example/a;v=1,2?{TAGS}"),
        ("https://shop.example/a?b=1;c=2&d=[x]", f"https://shop.example/a?b=1;c=2&d=%5Bx%5D&{TAGS}"),
        ("https://shop.example./a?&&b=", f"https://shop.example/a?b=&{TAGS}"),
    ],
)
def test_what_the_address_says_already_stays_as_it_is(given_url: str, expected: str) -> None:
    assert made(given_url) == expected


@pytest.mark.parametrize(
    "bad",
    [
        "javascript:alert(1)",
        "JavaScript://shop.example/%0aalert(1)",
        "data:text/html,<script>",
        "mailto:a@b.example",
        "file:///etc/passwd",
        "//shop.example/a",
        "shop.example/a",
        "",
        "   ",
        "https://",
        "https:///path",
        "https://shop.example:port/",
        "https://shop.example:99999/",
        "https://user:secret@shop.example/",
        "https://user@shop.example/",
        "https://shop.example/a b",
        "https://shop.example/a\nSet-Cookie: x",
        "https://shop.example/\u202ecod.exe",
        "https://shop.example\\@evil.example/",
        "https://[::1",
        'https://shop.example"onclick=alert(1)/',
        "https://<b>.example/",
        "https://$(id).example/",
        "https://`id`.example/",
        "https://shop%2eexample/",
        "https://shop.example,evil.example/",
        "https://shop..example/",
        "https://" + "ä" * 70 + ".example/",
        "https://shop.example/" + "a" * LONGEST,
    ],
)
def test_what_is_no_web_address_is_refused_in_words(bad: str) -> None:
    with pytest.raises(ConfigError):
        made(bad)


@pytest.mark.parametrize("bad", ["", "  ", "x" * 101, "a\nb", "a\u200fb"])
def test_tags_are_short_and_can_be_printed(bad: str) -> None:
    with pytest.raises(ConfigError, match="utm_campaign"):
        made("https://shop.example/", campaign=bad)


def test_a_secret_in_an_address_is_not_repeated_in_the_error() -> None:
    with pytest.raises(ConfigError) as caught:
        made("https://user:s3cret@shop.example/")
    assert "s3cret" not in str(caught.value)


PRINTABLE = st.characters(exclude_categories=("C", "Z"), include_characters=" ").filter(str.isprintable)
TAG = st.text(PRINTABLE, min_size=1, max_size=40).filter(str.strip)


@given(TAG, TAG, TAG, st.none() | TAG)
@settings(max_examples=examples(300), deadline=None)
def test_whatever_the_tags_are_the_other_end_reads_them_back(
    campaign: str, source: str, medium: str, content: str | None
) -> None:
    link = tagged(
        "https://shop.example/a?q=1#top", campaign=campaign, source=source, medium=medium, content=content, made_at=NOON
    )
    parts = urlsplit(link.url)
    found = dict(parse_qsl(parts.query, keep_blank_values=True))
    assert found.pop("q") == "1"
    wanted = {"utm_source": source, "utm_medium": medium, "utm_campaign": campaign} | (
        {"utm_content": content} if content is not None else {}
    )
    assert found == {name: value.strip() for name, value in wanted.items()}
    assert (parts.netloc, parts.path, parts.fragment) == ("shop.example", "/a", "top")
    assert campaign_of(link.url) == campaign.strip()
    again = tagged(link.url, campaign=campaign, source=source, medium=medium, content=content, made_at=NOON)
    assert (again.url, again.id) == (link.url, link.id), "tagging twice changes nothing"


@given(st.text(max_size=60))
@settings(max_examples=examples(300), deadline=None)
def test_no_text_upsets_the_reading_of_addresses(text: str) -> None:
    campaign_of(text)
    try:
        link = made("https://" + text)
    except ConfigError:
        return
    assert link.isascii()
    assert urlsplit(link).scheme == "https"
