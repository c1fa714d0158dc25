from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.rss.links import links_in, normalised, outlet, web_link
from connectors.rss.plain import (
    _BLOCK,
    _PARAGRAPH,
    _TAG,
    _UNSEEN,
    _without_usual_tags,
    from_html,
    from_text,
    one_line,
)

BASE = "https://blog.example/2026/feed.xml"


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("plain words", "plain words"),
        ("one\ntwo", "one\ntwo"),
        ("AT&amp;T &#8217;s &nbsp;x", "AT&T ’s x"),
        ("<p>One</p><p>Two<br/>Three</p>", "One\nTwo\nThree"),
        ("<p>A sentence\nover two\tlines.</p>", "A sentence over two lines."),
        ("<b>Bra</b>nd", "Brand"),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("x<script>alert(1)</script>y", "x y"),
        ("x<SCRIPT src=a>alert(1)</Script >y", "x y"),
        ("x<script>never closed", "x"),
        ("x<style>p{color:red}</style>y", "x y"),
        ("x<!-- <p>hidden</p> -->y", "x y"),
        ("x<!-- never closed <p>", "x"),
        ('<a href="x" title="a > b">link</a>', "link"),
        ("a < b and c > d", "a < b and c > d"),
        ("I <3 truffles", "I <3 truffles"),
        ("cut off <a href=", "cut off"),
        ("&lt;b&gt;", "<b>"),
        ("&#x110000;&#55296;&#0;", "\ufffd\ufffd\ufffd"),
        ("a\x00b\x07c\u200d", "abc\u200d"),
        ("<img alt='x'>", ""),
        ("", ""),
    ],
)
def test_markup_becomes_what_a_reader_sees(markup: str, text: str) -> None:
    assert from_html(markup) == text


@pytest.mark.parametrize(
    ("given_text", "text"),
    [
        ("How to use <script> tags", "How to use <script> tags"),
        ("<script>alert(1)</script>News", "News"),
        ("a &amp; b", "a &amp; b"),
        ("one  \r\n two\x00", "one\ntwo"),
    ],
)
def test_plain_text_stays_as_it_is_unless_it_carries_a_whole_script(given_text: str, text: str) -> None:
    assert from_text(given_text) == text


@given(st.text(alphabet="<>/!-&;#\"' apscript\n\x00", max_size=300))
def test_no_markup_leaves_control_characters_or_fails(markup: str) -> None:
    text = from_html(markup)
    assert "\x00" not in text
    assert text == text.strip()
    assert "\n" not in one_line(markup)


@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<br/>",
                "<br",
                "/>",
                "<BR>",
                "<b>",
                "</b>",
                "<a",
                "href='x'>",
                "<a",
                'href="x>y">',
                "<a",
                'title="it\'s">',
                "<img",
                "alt='>'>",
                "<p-x>",
                "<p\n>",
                "<",
                "<>",
                ">",
                '"',
                "'",
                "a",
                "&",
                "&lt;",
                "</div",
                ">",
                "<!--",
                "-->",
                "<script>",
                "</script>",
                "<svg>",
                "<x>",
                "<b",
            ]
        )
    ).map("".join)
)
def test_the_quick_way_without_tags_is_what_the_patterns_give(markup: str) -> None:
    quick = _without_usual_tags(markup)
    if quick is not None:
        assert quick == _TAG.sub("", _BLOCK.sub(_PARAGRAPH, _UNSEEN.sub(" ", markup)))


@pytest.mark.parametrize(
    "unit",
    [
        "<div>",
        "<",
        "<a '",
        '<a "',
        "<a \"'",
        "<!--",
        "<script",
        "<script>",
        "<script></x",
        "</style><script>",
        "<p",
        "</",
        "&",
        "&#",
        "<a href=",
    ],
)
def test_hostile_markup_takes_time_that_grows_with_its_length_only(unit: str) -> None:
    markup = unit * (500_000 // len(unit))
    begun = time.process_time()
    from_html(markup)
    from_text(markup)
    list(links_in(BASE, markup))
    assert time.process_time() - begun < 3


@pytest.mark.parametrize(
    ("raw", "link"),
    [
        ("https://example.org/a", "https://example.org/a"),
        (" https://exam\nple.org/a\x00 ", "https://example.org/a"),
        ("/a", "https://blog.example/a"),
        ("a?b=1", "https://blog.example/2026/a?b=1"),
        ("//cdn.example/a", "https://cdn.example/a"),
        ("javascript:alert(1)", None),
        ("JaVaScRiPt:alert(1)", None),
        ("java\tscript:alert(1)", None),
        ("data:text/html,x", None),
        ("file:///etc/passwd", None),
        ("mailto:a@example.org", None),
        ("https://", None),
        ("http://[bad", None),
        ("https://example.org/" + "x" * 3000, None),
        ("", None),
        (None, None),
        ("https://www.google.com/url?rct=j&url=https://news.example/a%3Fb%3D1&ct=ga", "https://news.example/a?b=1"),
        ("https://www.google.co.uk/url?q=https://news.example/a", "https://news.example/a"),
        ("https://www.google.com/url?url=javascript:alert(1)", "https://www.google.com/url?url=javascript:alert(1)"),
    ],
)
def test_only_web_links_are_kept_absolute_and_unwrapped(raw: str | None, link: str | None) -> None:
    assert web_link(BASE, raw) == link


def test_links_in_markup_are_found_once_each_and_not_without_end() -> None:
    markup = (
        "<a href='/x'>1</a> <A class=y HREF=\"/x\">2</a> <a href='javascript:x'>3</a> <a href='/y?a=1&amp;b=2'>4</a>"
    )
    assert list(links_in(BASE, markup)) == ["https://blog.example/x", "https://blog.example/y?a=1&b=2"]
    assert len(list(links_in(BASE, "".join(f"<a href='/{n}'>x</a>" for n in range(99))))) == 50


@pytest.mark.parametrize(
    "same",
    [
        "http://example.org/a/",
        "https://EXAMPLE.org:443/a",
        "http://example.org:80/a#part",
        "https://example.org/a?utm_source=x&fbclid=1",
    ],
)
def test_links_to_the_same_page_are_normalised_to_one(same: str) -> None:
    assert normalised(same) == "https://example.org/a"
    assert normalised(normalised(same)) == normalised(same)


def test_links_to_different_pages_stay_apart() -> None:
    links = [
        "https://example.org/a?p=1",
        "https://example.org/a?p=2",
        "https://example.org/A",
        "https://example.org:8443/a",
    ]
    assert len({normalised(link) for link in links}) == 4
    assert normalised("http://[bad") == "http://[bad"


def test_an_outlet_is_the_host_without_www() -> None:
    assert outlet("https://www.Example.org:8080/x") == "example.org"
    assert outlet(None) == ""
