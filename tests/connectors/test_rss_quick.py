"""The short way through a feed gives what feedparser gives, or nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.rss.disguise import readable
from connectors.rss.document import Document
from connectors.rss.parse import document_of, read_fully
from connectors.rss.quick import read
from tests.support.counts import examples
from tests.support.shared import shared_path

FEED = "https://blog.example/dir/feed.xml"
XML = {"content-type": "application/xml"}
NAMESPACES = {
    "media": "http://search.yahoo.com/mrss/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "thr": "http://purl.org/syndication/thread/1.0",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "atom": "http://www.w3.org/2005/Atom",
    "georss": "http://www.georss.org/georss",
    "x": "http://x.example/",
    "summary": "http://summary.example/",
}
DECLARED = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
CORE = {
    "rss": ("title", "link", "pubDate", "guid", "description", "dc:creator", "content:encoded"),
    "atom": ("title", "id", "updated", "published", "link", "summary", "content", "author"),
}
OTHERS = [
    "author",
    "category",
    "comments",
    "enclosure",
    "dc:date",
    "media:content",
    "media:thumbnail",
    "media:title",
    "media:description",
    "media:group",
    "itunes:summary",
    "itunes:author",
    "itunes:subtitle",
    "slash:comments",
    "thr:total",
    "source",
    "atom:link",
    "atom:updated",
    "x:foo",
    "x:bar",
    "media:community",
    "media:statistics",
    "dc:language",
    "language",
    "dcterms:created",
    "media:credit",
    "media:keywords",
    "itunes:image",
    "itunes:category",
    "rights",
    "managingEditor",
    "dc:subject",
    "media:rating",
    "itunes:explicit",
    "generator",
    "copyright",
    "lastBuildDate",
    "title",
    "link",
    "guid",
    "id",
    "description",
    "summary",
    "content",
    "media:title",
    "source",
    "itunes:summary",
]
ODD = [
    "image",
    "url",
    "name",
    "body",
    "date",
    "links",
    "tags",
    "georss:point",
    "dc:title",
    "dc:rights",
    "summary:detail",
    "x:title",
    "ttl",
    "sy:updatePeriod",
    "itunes:owner",
    "contributor",
    "textInput",
    "fullitem",
    "abstract",
    "info",
    "newLocation",
    "expirationDate",
    "item",
    "entry",
    "channel",
    "svg",
    "p",
]
HEADS = [
    "title",
    "link",
    "description",
    "language",
    "ttl",
    "sy:updatePeriod",
    "sy:updateFrequency",
    "itunes:summary",
    "itunes:owner",
    "image",
    "category",
    "pubDate",
    "copyright",
    "atom:link",
    "generator",
    "author",
    "itunes:author",
    "itunes:category",
    "dc:language",
]
INSIDE = {
    "author": ("name", "uri", "email", "x:foo"),
    "itunes:owner": ("itunes:name", "itunes:email"),
    "image": ("url", "title", "link", "width", "x:foo"),
    "media:group": ("media:title", "media:description", "media:community", "media:content"),
    "media:content": ("media:title", "media:description", "media:credit", "x:foo"),
    "media:community": ("media:statistics", "x:bar"),
}
TEXTS = (
    "", "  ", "Hello", "a &amp;amp; b", '&lt;p&gt;Hi &lt;a href="/x"&gt;x&lt;/a&gt;&lt;/p&gt;', "café", "it’s", "5",
    "https://a.example/1?x=1&amp;y=2", "/rel/path", "../up", "tag:a,2026:1", "Tue, 03 Feb 2026 10:00:00 GMT", "en-US",
    "2026-02-03T10:00:00Z", "ann@acme.example (Ann Lee)", "Ann &lt;ann@acme.example&gt;", "ann@acme.example", "hourly",
    "<![CDATA[<b>bold</b> text]]>", "<![CDATA[x]]> y <!-- c --> z", "javascript:alert(1)", "http:///a.example//x",
    "a &lt; b", "&copy; c".replace("&", "&amp;"), "\N{NO-BREAK SPACE}nb ", "longer &lt;br&gt; text than the others",
)  # fmt: skip
ODD_TEXTS = ("Ã©", "\x92x", "&#146;", "<b>bold</b>", "<div>x</div> y")
ATTRIBUTES = (
    'type="html"', 'type="text"', 'type="xhtml"', 'type="TEXT/plain"', 'href="/x"', 'href="https://b.example/y"',
    'href=""', 'rel="alternate"', 'rel="self"', 'isPermaLink="false"', 'isPermaLink="true"', 'term="t"', 'views="12"',
    'url="https://c.example/z"', 'xml:lang="de"', 'xml:lang=""', 'xml:base="https://base.example/d/"', 'lang="fr"',
    'xml:base="sub/"', 'x:href="q"', 'mode="escaped"', 'base="/b/"', 'atom:rel="self"', 'src="s"', 'text="k"',
)  # fmt: skip


def assert_equal_where_answered(body: bytes, headers: Mapping[str, str] = XML) -> bool:
    """Whether the short way answered; then its answer is that of the long one."""
    quick = read(body, headers, FEED)
    if quick is None:
        return False
    assert document_of(quick, FEED) == document_of(read_fully(body, headers, FEED), FEED)
    return True


def corpus() -> list[Path]:
    return sorted(path for path in shared_path("corpus/feeds").rglob("*") if path.is_file())


def test_over_the_whole_corpus_it_equals_feedparser_and_reads_nearly_all_that_was_recorded() -> None:
    paths = corpus()
    answered = {path for path in paths if assert_equal_where_answered(readable(path.read_bytes()))}
    recorded = {path for path in paths if path.parent.name == "captures"}
    assert (len(paths), len(recorded)) == (427, 92)
    assert (len(answered), len(answered & recorded)) == (195, 88)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "text/xml"},
        {"content-type": "text/html; charset=UTF-8", "content-language": "de-DE"},
        {"content-type": "application/rss+xml; charset=iso-8859-1"},
        {"content-type": "application/octet-stream", "content-language": "pt_BR"},
    ],
)
def test_it_equals_feedparser_whatever_the_server_says_of_it(headers: dict[str, str]) -> None:
    answered = [assert_equal_where_answered(readable(path.read_bytes()), headers) for path in corpus()[::6]]
    assert any(answered) is ("iso-8859-1" not in str(headers))


@settings(max_examples=examples(150), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False))
def test_made_up_feeds_with_every_sort_of_element_are_read_alike(random: Random) -> None:
    assert_equal_where_answered(_feed(random, wild=random.choice((0.0, 0.005, 0.02, 0.1))).encode())


def test_of_made_up_feeds_without_oddities_most_are_answered() -> None:
    answered = [assert_equal_where_answered(_feed(Random(seed), wild=0).encode()) for seed in range(150)]
    assert sum(answered) >= 90


@settings(max_examples=examples(100), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False))
def test_recorded_feeds_that_were_tampered_with_are_read_alike(random: Random) -> None:
    body = readable(random.choice(_short()).read_bytes())
    for _ in range(random.randint(1, 4)):
        body = _tampered(body, random)
    with suppress(RecursionError):
        assert_equal_where_answered(body)


ENTRY = "<item><title>Truffle</title><link>https://blog.example/1</link></item>"


def a_feed(inside: str = ENTRY, *, before: str = "", root: str = "") -> bytes:
    return f'{before}<rss version="2.0" {root}><channel><title>Blog</title>{inside}</channel></rss>'.encode()


def test_the_usual_is_answered() -> None:
    quick = read(a_feed(), XML, FEED)
    assert quick is not None
    assert [entry["title"] for entry in quick["entries"]] == ["Truffle"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not XML",
        a_feed()[:-3],
        a_feed(before="<!DOCTYPE rss>"),
        a_feed(before='<!DOCTYPE rss [<!ENTITY a "b"><!ENTITY c "&a;&a;">]>'),
        a_feed(f"<item><title>{'&undefined;'}</title></item>"),
        a_feed(before='<?xml version="1.0" encoding="iso-8859-1"?>'),
        a_feed(before='<?xml version="1.0" encoding="utf-16"?>'),
        a_feed("<item><title>caf\xe9</title></item>").decode().encode("latin-1"),
        a_feed("<item><title>\x93quoted\x94</title></item>"),
        a_feed("<item><title>cafÃ©</title></item>"),
        a_feed(root='xmlns="http://purl.org/rss/1.0/"'),
        a_feed(root='xmlns="http://backend.userland.com/rss2"'),
        a_feed(root='xmlns:dc="http://search.yahoo.com/mrss/"'),
        a_feed("<item><title>one <b>bold</b> word</title></item>"),
        a_feed("<item><foo><title>inside</title></foo></item>"),
        a_feed("<item>" + "<a>" * 50_000 + "</a>" * 50_000 + "</item>"),
        a_feed("<item/>" * 200_001),
        b"<html><body><item/></body></html>",
        b'<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry/></feed>',
    ],
    ids=range(20),
)
def test_the_unusual_is_left_to_feedparser(body: bytes) -> None:
    assert read(body, XML, FEED) is None


def _element(random: Random, name: str, wild: float, depth: int = 0) -> str:
    attributes = random.sample(
        ATTRIBUTES, random.choice((0, 0, 0, 0, 0, 1, 1, 2)) if random.random() < 0.3 + wild else 0
    )
    unique = {attribute.partition("=")[0]: attribute for attribute in attributes}
    parts = INSIDE.get(name, OTHERS if random.random() < wild else ())
    if parts and depth < 3 and random.random() < 0.7:
        inside = "".join(_element(random, random.choice(parts), wild, depth + 1) for _ in range(random.randint(0, 3)))
    else:
        inside = random.choice(ODD_TEXTS if random.random() < wild else TEXTS)
    return f"<{' '.join((name, *unique.values()))}>{inside}</{name}>"


def _feed(random: Random, wild: float) -> str:
    kind = random.choice(("rss", "rss", "atom"))
    others = OTHERS if wild else [name for name in OTHERS if name not in ("source", "title")]

    def entry() -> str:
        names = [name for name in CORE[kind] if random.random() < 0.8]
        names += [random.choice(ODD if random.random() < wild else others) for _ in range(random.randint(0, 4))]
        random.shuffle(names)
        inside = "\n".join(_element(random, name, wild) for name in names)
        tag = "item" if kind == "rss" else "entry"
        return f"<{tag}>{inside}</{tag}>"

    parts = [_element(random, random.choice(HEADS), wild) for _ in range(random.randint(0, 5))]
    parts += [entry() for _ in range(random.randint(1, 3))]
    if random.random() < wild:
        random.shuffle(parts)
    root = random.choice(("", "", 'xml:lang="pt_BR"', 'xml:base="https://root.example/q/"'))
    if kind == "atom":
        return f'<feed xmlns="http://www.w3.org/2005/Atom" {DECLARED} {root}>{"".join(parts)}</feed>'
    return f'<rss version="2.0" {DECLARED} {root}><channel>{"".join(parts)}</channel></rss>'


def _short() -> list[Path]:
    return [path for path in corpus() if path.stat().st_size < 8_000]


def _tampered(body: bytes, random: Random) -> bytes:
    """Another name for an element, elements in another order, or a piece twice: mostly still well-formed."""
    names = sorted(set(re.findall(rb"</([\w:]+)>", body)))
    if not names:
        return body
    name = random.choice(names)
    match random.randrange(4):
        case 0:
            other = random.choice([*names, *(word.encode() for word in (*CORE["rss"], *CORE["atom"], *ODD))])
            return re.sub(rb"(</?)%s\b" % re.escape(name), rb"\g<1>" + other, body)
        case 1:
            pieces = re.split(rb"(<%s\b.*?</%s>)" % (re.escape(name), re.escape(name)), body, flags=re.DOTALL)
            pieces[1::2] = random.sample(pieces[1::2], len(pieces) // 2)
            return b"".join(pieces)
        case 2:
            return re.sub(rb"<%s\b.*?</%s>" % (re.escape(name), re.escape(name)), rb"\g<0>\g<0>", body, flags=re.DOTALL)
        case _:
            return re.sub(rb"(<%s\b)" % re.escape(name), rb"\1 " + random.choice(ATTRIBUTES).encode(), body, count=2)


def test_a_document_of_the_short_way_is_a_document_like_any_other() -> None:
    quick = read(a_feed("<language>en-GB</language><ttl>60</ttl>" + ENTRY), XML, FEED)
    assert quick is not None
    document = document_of(quick, FEED)
    assert isinstance(document, Document)
    assert (document.language, document.pace and document.pace.total_seconds()) == ("en", 3600)
