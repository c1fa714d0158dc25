"""Canonical addresses: one form a page, and never two pages in one form."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.listen.urls import _at_rest, canonical_url, host_of
from tests.support.counts import examples
from tests.support.shared import shared_path

PAGE = "https://acme.example/news/free-truffle"


@pytest.mark.parametrize(
    "written",
    [
        "http://acme.example/news/free-truffle",
        "HTTPS://WWW.Acme.Example:443/news/free-truffle/",
        "http://acme.example:80/news/./x/../free-truffle#comments",
        "https://user:word@acme.example./news/free-truffle",
        "https://m.acme.example/news/free-truffle?",
        "https://amp.acme.example/news/free-truffle",
        f"{PAGE}/amp/",
        f"{PAGE}?amp=1",
        f"{PAGE}?utm_source=rss&utm_medium=feed&UTM_Campaign=x",
        f"{PAGE}?fbclid=1&gclid=2&mc_cid=3&mc_eid=4&igshid=5&ref_src=twsrc%5Etfw&_hsenc=6&at_medium=RSS",
        f"{PAGE}?source=rss----abc---2",
        "  https://acme.example/news/free%2Dtruffle\n",
        "https://www.google.com/url?rct=j&sa=t&url=https://acme.example/news/free-truffle&ct=ga&cd=CAIy",
        "https://www.google.co.uk/url?q=https%3A%2F%2Facme.example%2Fnews%2Ffree-truffle%3Futm_source%3Dx&usg=1",
        "https://www.google.com/amp/s/acme.example/news/free-truffle/amp/",
        "https://acme-example.cdn.ampproject.org/c/s/acme.example/news/free-truffle",
        "https://www.google.com/url?url=https://www.google.com/url?url=https://acme.example/news/free-truffle",
    ],
)
def test_the_ways_to_write_one_page_have_one_form(written: str) -> None:
    assert canonical_url(written) == PAGE


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("https://acme.example", "https://acme.example/"),
        ("https://acme.example/?b=2&a=1&b=1", "https://acme.example/?a=1&b=1&b=2"),
        ("https://acme.example/?id=", "https://acme.example/?id="),
        ("https://acme.example:8080/x", "https://acme.example:8080/x"),
        ("https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"),
        ("https://[::1]:443/x", "https://[::1]/x"),
        ("https://m.co.uk/", "https://m.co.uk/"),
        ("https://www.com/", "https://www.com/"),
        ("https://shop.example/products/amp", "https://shop.example/products/amp"),
        ("https://acme.example/Case", "https://acme.example/Case"),
        ("https://acme.example/?atlas=1&source=shop", "https://acme.example/?atlas=1&source=shop"),
        ("https://en.m.wikipedia.org/wiki/Truffle", "https://en.wikipedia.org/wiki/Truffle"),
        ("https://mobile.twitter.com/acme/status/1?s=20&t=abc", "https://x.com/acme/status/1"),
        ("https://old.reddit.com/r/tea/comments/1?share_id=x", "https://reddit.com/r/tea/comments/1"),
        ("https://acme.example/?t=90&s=1", "https://acme.example/?s=1&t=90"),
        ("https://www.google.com/search?q=truffle", "https://google.com/search?q=truffle"),
    ],
)
def test_what_tells_pages_apart_is_kept(written: str, canonical: str) -> None:
    assert canonical_url(written) == canonical


@pytest.mark.parametrize(
    "written",
    ["", "acme.example", "//acme.example/x", "javascript:alert(1)", "mailto:desk@acme.example", "ftp://acme.example/",
     "data:text/html,x", "http://", "http://[::1", "http://a b.example/", "https://acme.example:99999/",
     "http://\ud800.example/", "http://-/", "https://<script>/"],
)  # fmt: skip
def test_what_is_no_web_address_has_no_form(written: str) -> None:
    assert canonical_url(written) is None


def test_a_redirect_to_something_unsafe_is_left_wrapped() -> None:
    canonical = canonical_url("https://www.google.com/url?url=javascript:alert(1)")
    assert canonical is not None
    assert canonical.startswith("https://google.com/url?")


PIECES = st.lists(
    st.sampled_from(
        ["http://", "https://", "google.com/url?url=", "www.", "m.", "acme.example", "/", "//", "..", ";", "?", "&", "=", "#",
         "%2f", "%zz", "é", "中", " ", "amp", "/amp", ".amp", "utm_source=1", ":80", "@", "[::1]", "a-1", "|", "\\", "\t", "\ud800"]
    ),
    max_size=12,
).map("".join)  # fmt: skip


@given(st.sampled_from(["", "http://", "https://acme.example/"]), st.one_of(PIECES, st.text()))
def test_applying_it_twice_changes_nothing(start: str, rest: str) -> None:
    canonical = canonical_url(start + rest)
    if canonical is not None:
        assert canonical_url(canonical) == canonical
        assert canonical.startswith("https://")
        assert "#" not in canonical
        assert host_of(canonical)


@given(PIECES)
def test_http_and_https_compare_equal(rest: str) -> None:
    assert canonical_url("http://acme.example/" + rest) == canonical_url("https://acme.example/" + rest)


def test_the_links_of_a_real_google_alert_are_unwrapped() -> None:
    import feedparser

    feed = feedparser.parse(shared_path("corpus/feeds/feedjira/google_alerts_atom.xml").read_bytes())
    links = [entry.link for entry in feed.entries]
    canonical = [canonical_url(link) for link in links]
    assert links
    assert all("google.com/url" in link for link in links)
    assert all(address and "google." not in address for address in canonical)


@pytest.mark.parametrize(
    "tail", ["1", "/amp", ".amp", "1/amp/", "%", ";", "?a", "&a=1", "//", "http://google.com/url?q="]
)
def test_a_huge_address_does_not_hang(tail: str) -> None:
    canonical_url("https://google.com/url?q=https://acme.example/" + tail * (7900 // len(tail)))
    assert canonical_url("https://acme.example/" + tail * 100_000) is None


@pytest.mark.parametrize(
    ("written", "host"),
    [
        ("https://WWW.Acme.Example:8080/x", "www.acme.example"),
        ("http://bücher.example", "xn--bcher-kva.example"),
        ("https://acme.example./", "acme.example"),
        ("acme.example", None),
        ("mailto:x@acme.example", None),
        ("http://[::1", None),
        ("http://a b/", None),
        ("http://" + "é" * 80 + ".example/", None),
    ],
)
def test_the_host_of_an_address(written: str, host: str | None) -> None:
    assert host_of(written) == host


_HOSTS = st.sampled_from(
    ("acme.example", "www.acme.example", "m.acme.example", "www.m.amp.acme.example", "m.co.uk", "old.reddit.com",
     "mobile.twitter.com", "en.m.wikipedia.org", "google.com", "www.google.co.uk", "a--b.example", "xn--bcher-kva.example",
     "acme-example.cdn.ampproject.org", "127.0.0.1", "a_b.example", "-a.example", "a..example", "acme.example.")
)  # fmt: skip
_PATHS = st.lists(
    st.one_of(
        st.sampled_from(
            ("amp", "x.amp", "x-1.amp.html", "free-truffle", ".", "..", "a.b", "A_b", "", "%2D", "url", "2026", "x?a=1")
        ),
        st.text("aB1-_.", max_size=5),
    ),
    max_size=4,
).map("/".join)


@given(
    st.sampled_from(("https://", "http://")),
    st.one_of(_HOSTS, st.from_regex(r"[a-z0-9\-.]{1,12}", fullmatch=True)),
    _PATHS,
)
@settings(max_examples=examples(300))
def test_the_short_way_to_a_form_leads_where_the_long_one_does(scheme: str, host: str, path: str) -> None:
    url = f"{scheme}{host}/{path}"
    assert canonical_url(url) == _at_rest(url)
