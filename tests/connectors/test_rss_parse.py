from __future__ import annotations

import json
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import BadResponse, SourceError
from bot.model import Author, Item, ItemKind
from connectors.rss.disguise import readable
from connectors.rss.document import Document
from connectors.rss.items import items_of
from connectors.rss.parse import parse
from tests.support.counts import examples
from tests.support.feedserver import entry, rss

FEED = "https://blog.example/feed.xml"
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def read(body: bytes | str, content_type: str = "application/rss+xml") -> Document:
    return parse(body.encode() if isinstance(body, str) else body, {"content-type": content_type}, FEED, FEED)


def items(body: bytes | str, content_type: str = "application/rss+xml") -> tuple[Item, ...]:
    return items_of(read(body, content_type), FEED, NOW, 1000)


def atom(*entries: str, root: str = "") -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:thr="http://purl.org/syndication/thread/1.0" {root}>{"".join(entries)}</feed>'


def test_an_rss_item_gives_all_that_it_says() -> None:
    body = rss(
        entry(
            "Truffles &amp; more",
            guid="tag:1",
            link="/2026/truffles?utm_source=feed",
            date="Mon, 02 Mar 2026 10:00:00 GMT",
            text="teaser",
            extra="<content:encoded><![CDATA[<p>First.</p><p>Second <a href='/shop'>shop</a>.</p>]]></content:encoded>"
            "<dc:creator>A. Writer</dc:creator><slash:comments>7</slash:comments>",
        ),
        channel="<title>Blog</title><language>en-gb</language>",
    )
    (item,) = items(body)
    assert item.kind is ItemKind.ARTICLE
    assert item.title == "Truffles & more"
    assert item.text == "Truffles & more\nFirst.\nSecond shop."
    assert item.url == "https://blog.example/2026/truffles?utm_source=feed"
    assert item.outlet == "blog.example"
    assert item.published_at == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert item.author == Author(name="A. Writer")
    assert item.language == "en"
    assert item.metrics == {"comments": 7.0}
    assert item.links == ("https://blog.example/shop",)
    assert item.key.startswith("rss:")


def test_an_atom_entry_gives_all_that_it_says() -> None:
    body = atom(
        "<entry xml:lang='de-AT' xml:base='https://blog.example/de/'><id>tag:blog.example,2026:1</id>"
        "<title type='html'>&lt;b&gt;Trüffel&lt;/b&gt; &amp;amp; mehr</title><updated>2026-03-02T10:00:00Z</updated>"
        "<link href='trueffel'/><author><name>A. Autorin</name><uri>https://blog.example/a</uri></author>"
        "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>Eins</p><p>Zwei</p></div></content>"
        "<thr:total>3</thr:total></entry>"
    )
    (item,) = items(body, "application/atom+xml")
    assert item.title == "Trüffel & mehr"
    assert item.text == "Trüffel & mehr\nEins\nZwei"
    assert item.url == "https://blog.example/de/trueffel"
    assert item.published_at == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert item.author == Author(name="A. Autorin", url="https://blog.example/a")
    assert item.language == "de"
    assert item.metrics == {"comments": 3.0}


def test_a_bare_mail_address_is_not_shown_as_a_name() -> None:
    (item,) = items(rss(entry("One", extra="<author>someone@example.org</author>")))
    assert item.author.name is None
    (item,) = items(rss(entry("One", extra="<author>someone@example.org (A. Writer)</author>")))
    assert item.author.name == "A. Writer"


def test_a_google_alert_is_unwrapped_and_its_marks_are_gone() -> None:
    body = atom(
        "<entry><id>tag:google.com,2013:googlealerts/feed:1</id><title type='html'>&lt;b&gt;Truffle&lt;/b&gt; news</title>"
        "<link href='https://www.google.com/url?rct=j&amp;sa=t&amp;url=https://www.news.example/a&amp;ct=ga'/></entry>"
    )
    (item,) = items(body)
    assert (item.title, item.url, item.outlet) == ("Truffle news", "https://www.news.example/a", "news.example")


def test_a_google_news_item_ran_where_its_publisher_is() -> None:
    source = "<source url='https://www.paper.example'>Paper</source>"
    (item,) = items(rss(entry("News - Paper", link="https://news.google.com/rss/articles/CBMi", extra=source)))
    assert item.outlet == "paper.example"
    (item,) = items(rss(entry("News", link="https://planet.example/a", extra=source)))
    assert item.outlet == "planet.example"


def test_views_are_read_where_a_platform_gives_them() -> None:
    body = atom(
        "<entry><id>yt:1</id><title>Video</title><m:group><m:community><m:statistics views='12345'/></m:community></m:group></entry>",
        root="xmlns:m='http://search.yahoo.com/mrss/'",
    )
    assert items(body)[0].metrics == {"views": 12345.0}


def test_what_is_not_given_is_unknown_and_not_zero() -> None:
    (item,) = items(rss(entry("One", extra="<slash:comments>many</slash:comments>")))
    assert item.metrics == {}
    assert (item.published_at, item.url, item.language, item.author) == (None, None, None, Author())
    assert item.outlet == "blog.example"


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("<script>alert(1)</script>", ""),
        ("<script>alert(1)</script>News", "News"),
        ("How to use <script> tags", "How to use <script> tags"),
        ("<b>Bold</b> news", "Bold news"),
        ("AT&amp;T", "AT&T"),
        ("two\nlines", "two lines"),
    ],
)
def test_a_title_is_one_line_of_plain_text(title: str, shown: str) -> None:
    (item,) = items(rss(entry(title, text="body")))
    assert item.title == shown
    assert item.text == f"{shown}\nbody".strip()


def test_a_script_link_is_dropped_and_the_item_kept() -> None:
    (item,) = items(rss(entry("One", link="javascript:alert(1)", text="<a href='javascript:x'>y</a>")))
    assert (item.url, item.links, item.text) == (None, (), "One\ny")


def test_control_characters_and_nul_do_not_survive() -> None:
    body = rss(entry("O\x00n\x07e", text="t\x1bw\x00o", link="https://blog.example/\x00a"))
    for item in items(body):
        assert not any(character < " " and character != "\n" for character in item.text + item.title + (item.url or ""))
    assert "One" in items(body)[0].text


def test_a_lone_surrogate_does_not_reach_the_store() -> None:
    for body in (
        json.dumps({"version": "https://jsonfeed.org/version/1", "items": [{"id": "\ud800", "title": "a\ud800b"}]}),
    ):
        (item,) = items(body)
        item.text.encode()
        item.key.encode()
        assert item.title == "ab"


# identity


def keys(*entries: str) -> list[str]:
    return [item.key for item in items(rss(*entries))]


def test_the_id_makes_the_key_whatever_else_changes() -> None:
    assert keys(entry("A", guid="1", link="/a")) == keys(entry("B", guid="1", link="/b", text="x"))
    assert keys(entry("A", guid="http://x.example/1")) == keys(entry("A", guid="https://x.example/1"))
    assert keys(entry("A", guid="1")) != keys(entry("A", guid="2"))


def test_without_an_id_the_normalised_link_makes_the_key() -> None:
    assert keys(entry("A", link="http://blog.example/a/?utm_source=x")) == keys(
        entry("B", link="https://blog.example/a")
    )


def test_without_id_and_link_the_words_make_the_key() -> None:
    assert keys(entry("A", text="x")) == keys(entry("A", text="x"))
    assert keys(entry("A", text="x")) != keys(entry("A", text="y"))


def test_an_id_used_twice_is_no_id() -> None:
    one, other = keys(entry("A", guid="1", link="/a"), entry("B", guid="1", link="/b"))
    assert one != other
    assert [one] == keys(entry("A", link="/a"))


def test_all_items_under_one_id_and_one_link_are_told_apart_by_their_words() -> None:
    assert len(set(keys(*(entry(f"Piece {n}", guid="same", link="/") for n in range(20))))) == 20


def test_the_same_entry_twice_is_one_item() -> None:
    assert len(keys(entry("A", guid="1", link="/a"), entry("A", guid="1", link="/a"))) == 1


def test_keys_differ_between_feeds() -> None:
    document = read(rss(entry("A", guid="1")))
    assert (
        items_of(document, "https://a.example/", NOW, 9)[0].key
        != items_of(document, "https://b.example/", NOW, 9)[0].key
    )


def test_an_entry_without_any_word_or_link_is_no_item() -> None:
    nothing = entry(extra='<guid isPermaLink="false">1</guid><pubDate>Mon, 02 Mar 2026 10:00:00 GMT</pubDate>')
    assert [item.title for item in items(rss(nothing, entry("A", guid="2")))] == ["A"]


def test_a_huge_text_is_cut() -> None:
    (item,) = items(rss(entry("A", text="word " * 50_000)))
    assert len(item.text) <= 100_000 + 2


# JSON Feed


def json_feed(*entries: object, **top: object) -> str:
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "F", "items": list(entries), **top})


def test_a_json_feed_gives_all_that_it_says() -> None:
    body = json_feed(
        {
            "id": 5,
            "url": "/a",
            "title": "Truffles",
            "content_html": "<p>One</p><p><a href='/b'>Two</a></p>",
            "summary": "no",
            "date_published": "2026-03-02T11:00:00+01:00",
            "authors": [{"name": "A. Writer", "url": "https://blog.example/a"}],
            "language": "de",
        },
        {"id": "6", "external_url": "https://other.example/b", "content_text": "Only\ntext", "author": {"name": "Old"}},
        {"id": "7", "title": "Bare", "summary": "Sum"},
        language="en-US",
        authors=[{"name": "Team"}],
    )
    one, two, three = items("\ufeff" + body, "application/feed+json")
    assert (one.title, one.text) == ("Truffles", "Truffles\nOne\nTwo")
    assert (one.url, one.links, one.language) == ("https://blog.example/a", ("https://blog.example/b",), "de")
    assert one.published_at == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert one.author == Author(name="A. Writer", url="https://blog.example/a")
    assert (two.url, two.text, two.author.name, two.language) == ("https://other.example/b", "Only\ntext", "Old", "en")
    assert (three.text, three.author.name) == ("Bare\nSum", "Team")


@pytest.mark.parametrize("wrong", [None, 3, "x", [], {}, True, [[]], {"name": 3}])
def test_a_json_feed_with_wrong_types_loses_only_what_is_wrong(wrong: object) -> None:
    names = (
        "url",
        "external_url",
        "content_html",
        "content_text",
        "summary",
        "date_published",
        "authors",
        "author",
        "language",
    )
    body = json_feed({"id": "1", "title": "Kept", **dict.fromkeys(names, wrong)}, wrong, authors=wrong, language=wrong)
    assert items(body)[0].title == "Kept"
    assert items(json_feed(items=wrong)) is not None


# hostile documents


def bomb(kind: str) -> str:
    if kind == "laughs":
        lines = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))
        return f"<?xml version='1.0'?><!DOCTYPE rss [<!ENTITY l0 'ha'>{lines}]>" + rss(entry("&l9;"))[21:].replace(
            "&amp;", "&"
        )
    if kind == "quadratic":
        return f"<?xml version='1.0'?><!DOCTYPE rss [<!ENTITY a '{'a' * 50_000}'>]>" + rss(
            entry("x", text="&a;" * 5000)
        )[21:].replace("&amp;", "&")
    return "<?xml version='1.0'?><!DOCTYPE rss [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>" + rss(entry("x&e;"))[
        21:
    ].replace("&amp;", "&")


@pytest.mark.parametrize("kind", ["laughs", "quadratic", "external"])
def test_entity_bombs_are_not_expanded(kind: str) -> None:
    begun = time.process_time()
    try:
        found = items(bomb(kind))
    except BadResponse:
        found = ()
    assert sum(len(item.text) for item in found) < 200_000
    assert not any("root:" in item.text for item in found)
    assert time.process_time() - begun < 3


def test_entities_that_grow_are_dropped_and_those_for_a_character_kept() -> None:
    kept = b"<!ENTITY nbsp \"&#160;\"><!ENTITY brand 'Heard'>"
    dropped = (
        b'<!ENTITY a "&b;&b;">',
        b'<!ENTITY a "' + b"x" * 17 + b'">',
        b'<!ENTITY % p "x">',
        b'<!ENTITY e SYSTEM "file:///etc/passwd">',
        b'<!ENTITY never "closed',
    )
    for declaration in dropped:
        assert readable(b"<!DOCTYPE x [" + kept + declaration) == b"<!DOCTYPE x [" + kept
    assert readable(bomb("laughs").encode("utf-16")).count(b"<!ENTITY") == 1


def test_an_entity_for_a_character_is_read() -> None:
    body = (
        rss(entry("AaB"))
        .replace("<rss", '\n<!DOCTYPE rss [\n<!ENTITY dash "&#8211;">\n]><rss', 1)
        .replace("AaB", "A&dash;B")
    )
    assert items(body)[0].title == "A–B"


def test_deep_nesting_is_read_or_refused_in_time() -> None:
    begun = time.process_time()
    with suppress(BadResponse):
        items("<rss version='2.0'><channel>" + "<a>" * 20_000)
    items(rss(entry("x", text="<div>" * 20_000)))
    assert time.process_time() - begun < 5


@pytest.mark.parametrize("unit", [b"<", b"<a", b"<a ", b"<a>", b"</a>", b"< ", b"&", b"&#x", b"<![CDATA[", b"<a b='"])
@pytest.mark.parametrize("head", [b"", b"<rss version='2.0'><channel><item><title>One</title><description>"])
def test_half_a_megabyte_of_signs_holds_nothing_up(unit: bytes, head: bytes) -> None:
    begun = time.thread_time()
    with suppress(BadResponse):
        parse(head + unit * (500_000 // len(unit)), {"content-type": "application/xml"}, FEED, FEED)
    assert time.thread_time() - begun < 2


@pytest.mark.full
def test_a_long_broken_feed_with_much_markup_is_still_read() -> None:
    item = "<item><title>A title, number {}</title><description><![CDATA[<p>Some <b>words</b>, {}</p>]]></description></item>"
    body = "<rss version='2.0'><channel>" + "".join(item.format(number, number) for number in range(2_500))
    assert body.count("<") > 20_000
    assert len(items(body)) == 1000


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (
            rss(entry("Trüffel")).replace('version="1.0"', 'version="1.0" encoding="iso-8859-1"').encode("latin-1"),
            "text/xml",
        ),
        (rss(entry("Trüffel")).encode("latin-1"), "application/xml; charset=iso-8859-1"),
        (rss(entry("Trüffel")).encode("cp1252"), "application/xml; charset=utf-8"),
        (rss(entry("Trüffel")).encode(), "application/xml; charset=nonsense"),
        (rss(entry("Trüffel")).encode(), "text/html"),
        (rss(entry("Trüffel")).encode(), ""),
        (rss(entry("Trüffel")).encode("utf-16"), "application/xml"),
        (rss(entry("Trüffel"))[21:].encode("utf-16-be"), "application/xml"),
        (rss(entry("Trüffel"))[21:].encode("utf-16-le"), "application/xml"),
        (b"\xef\xbb\xbf" + rss(entry("Trüffel")).encode(), "application/xml"),
        (b"\n\n " + rss(entry("Trüffel")).encode(), "application/xml"),
    ],
)
def test_a_feed_in_a_wrong_or_odd_encoding_is_still_read(body: bytes, content_type: str) -> None:
    assert [item.title for item in items(body, content_type)] == ["Trüffel"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("&#xD83D;&#xDE00;", "😀"),  # as programs write emoji that think in UTF-16
        ("&#55357;&#56832;", "😀"),
        ("&#xD83D; &#xDE00;", "\ufffd \ufffd"),
        ("&#xDE00;&#xD83D;", "\ufffd\ufffd"),
        ("&#x110000;&#1114112;&#9999999999999;", "\ufffd\ufffd\ufffd"),
        ("&#" + "9" * 10_000 + ";", "\ufffd"),
        ("&#x1F600;&#128512;&#8217;", "😀😀’"),
    ],
)
def test_a_reference_to_no_character_costs_no_feed(written: str, read: str) -> None:
    body = rss(entry("Before"), f"<item><title>a{written}b</title></item>", entry("After")).encode()
    assert [item.title for item in items(body)] == ["Before", f"a{read}b", "After"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty answer"),
        (b" \n ", "empty answer"),
        (b"<note/>", "not a feed"),
        (b"<rss version='2.0'><channel><title>x", "broken XML"),
        (b"\x00\x01\x02", "not a feed"),
        (b"{}", "not a JSON Feed"),
        (b"[1]", "not a JSON Feed"),
        (b'{"version": "https://jsonfeed.org/version/1"', "broken JSON"),
        (b"<!DOCTYPE html><title>x</title>", "look for the site's feed address"),
        (
            b"<html><head><link rel='stylesheet' href='/a'><link type='application/rss+xml' rel='alternate' href='/f?a=1&amp;b=2'>",
            "points to the feed https://blog.example/f\\?a=1&b=2",
        ),
        (
            b"<html><link rel=alternate type=application/atom+xml href=/atom>",
            "points to the feed https://blog.example/atom",
        ),
        (
            b"<html><link rel=alternate type=application/rss+xml href='javascript:x'>",
            "look for the site's feed address",
        ),
    ],
)
def test_what_is_no_feed_is_a_bad_response_that_says_so(body: bytes, words: str) -> None:
    with pytest.raises(BadResponse, match=words) as caught:
        read(body)
    assert len(caught.value.sample) <= 200


def test_an_empty_feed_is_a_feed() -> None:
    assert items(rss()) == ()
    assert items(atom()) == ()
    assert items(json_feed()) == ()


def test_the_pace_that_a_feed_asks_for_is_passed_on() -> None:
    assert read(rss(channel="<ttl>60</ttl>")).pace == timedelta(hours=1)
    assert read(rss()).pace is None


SEEDS = [
    rss(entry("A &amp; B", guid="1", link="/a", date="Mon, 02 Mar 2026 10:00:00 GMT", text="<p>x</p>")).encode(),
    atom(
        "<entry><id>1</id><title type='xhtml'><div>x</div></title><content type='html'>&lt;p&gt;y</content></entry>"
    ).encode(),
    json_feed({"id": "1", "title": "x", "content_html": "<p>y"}).encode(),
]


@settings(max_examples=examples(150), suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.data())
def test_mutated_feeds_raise_nothing_but_source_errors(data: st.DataObject) -> None:
    body = bytearray(data.draw(st.sampled_from(SEEDS)))
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(body)))
        to = data.draw(st.integers(at, min(len(body), at + 12)))
        body[at:to] = data.draw(
            st.one_of(st.binary(max_size=6), st.sampled_from([b"&#x110000;", b"&#55296;", b"<![CDATA[", b"\0", b"]]>"]))
        )
    try:
        found = items(
            bytes(body),
            data.draw(st.sampled_from(["application/xml", "text/html", "x; charset=\0", "application/json"])),
        )
    except SourceError:
        return
    for item in found:
        (item.text + item.title + item.key + (item.url or "")).encode()
        assert "\0" not in item.text
