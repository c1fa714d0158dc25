"""The short way through a feed gives what feedparser gives, or nothing."""

from __future__ import annotations

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
from tests.support.counts import FULL, examples
from tests.support.made_feeds import made_feed, tampered
from tests.support.shared import shared_path

FEED = "https://blog.example/dir/feed.xml"
XML = {"content-type": "application/xml"}


def assert_equal_where_answered(body: bytes, headers: Mapping[str, str] = XML) -> bool:
    """Whether the short way answered; then its answer is that of the long one."""
    quick = read(body, headers, FEED)
    if quick is None:
        return False
    assert document_of(quick, FEED) == document_of(read_fully(body, headers, FEED), FEED)
    return True


def corpus() -> list[Path]:
    return sorted(path for path in shared_path("corpus/feeds").rglob("*") if path.is_file())


@pytest.mark.full
def test_over_the_whole_corpus_it_equals_feedparser_and_reads_nearly_all_that_was_recorded() -> None:
    paths = corpus()[:: 1 if FULL else 4]
    answered = {path for path in paths if assert_equal_where_answered(readable(path.read_bytes()))}
    recorded = {path for path in paths if path.parent.name == "captures"}
    assert len(answered & recorded) >= 0.97 * len(recorded) > 0
    if FULL:
        assert (len(paths), len(recorded)) == (427, 92)
        assert (len(answered), len(answered & recorded)) == (204, 90)


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
    answered = [
        assert_equal_where_answered(readable(path.read_bytes()), headers) for path in corpus()[:: 6 if FULL else 24]
    ]
    assert any(answered) is ("iso-8859-1" not in str(headers))


@settings(max_examples=examples(150), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False))
def test_made_up_feeds_with_every_sort_of_element_are_read_alike(random: Random) -> None:
    assert_equal_where_answered(made_feed(random, wild=random.choice((0.0, 0.005, 0.02, 0.1))).encode())


def test_of_made_up_feeds_without_oddities_most_are_answered() -> None:
    answered = [assert_equal_where_answered(made_feed(Random(seed), wild=0).encode()) for seed in range(150)]
    assert sum(answered) > 75


@settings(max_examples=examples(100), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False))
def test_recorded_feeds_that_were_tampered_with_are_read_alike(random: Random) -> None:
    body = readable(random.choice(_short()).read_bytes())
    for _ in range(random.randint(1, 4)):
        body = tampered(body, random)
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
        a_feed(root='xmlns:rdf="http://rdf.example/"'),
        a_feed("<item><image>u</image><title>again</title></item>"),
        a_feed("<item><title>one <b>bold</b> word</title></item>"),
        a_feed("<item><foo><title>inside</title></foo></item>"),
        a_feed("<item>" + "<a>" * 50_000 + "</a>" * 50_000 + "</item>"),
        a_feed("<item/>" * 200_001),
        b"<html><body><item/></body></html>",
        b'<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry/></feed>',
    ],
    ids=range(22),
)
def test_the_unusual_is_left_to_feedparser(body: bytes) -> None:
    assert read(body, XML, FEED) is None


def _short() -> list[Path]:
    return [path for path in corpus() if path.stat().st_size < 8_000]


def test_a_document_of_the_short_way_is_a_document_like_any_other() -> None:
    quick = read(a_feed("<language>en-GB</language><ttl>60</ttl>" + ENTRY), XML, FEED)
    assert quick is not None
    document = document_of(quick, FEED)
    assert isinstance(document, Document)
    assert (document.language, document.pace and document.pace.total_seconds()) == ("en", 3600)
