"""Lists of feeds as they come: in every encoding and state of repair, and written back without loss."""

from __future__ import annotations

import time
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import ConfigError
from bot.model import BadLine, Subscription
from connectors.rss.opml import merged, read_list
from connectors.rss.opml_text import MOST_BYTES
from tests.support.counts import examples


def opml(body: str, declaration: str = '<?xml version="1.0" encoding="UTF-8"?>') -> str:
    return f'{declaration}\n<opml version="2.0"><head><title>Mine</title></head><body>\n{body}\n</body></opml>\n'


FEED = '<outline type="rss" text="A" xmlUrl="https://a.example/feed"/>'


def addresses(body: bytes | str) -> list[str]:
    return [feed.address for feed in read_list(body.encode() if isinstance(body, str) else body).feeds]


def test_titles_pages_folders_and_lines_are_read() -> None:
    text = opml(
        '<outline text="News"><outline title="Food &amp; drink">\n'
        '<outline type="rss" text="A" title="The A" xmlUrl="https://a.example/feed" htmlUrl="https://a.example/"/>\n'
        "</outline></outline>\n"
        '<outline text="B" xmlUrl=" https://b.example/feed " htmlUrl="javascript:alert(1)"/>'
    )
    assert read_list(text.encode()).feeds == (
        Subscription("https://a.example/feed", "The A", "https://a.example/", ("News", "Food & drink"), 4),
        Subscription("https://b.example/feed", "B", None, (), 6),
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (opml('<outline XMLURL="https://a.example/"/>'), ["https://a.example/"]),
        (opml('<OUTLINE xmlurl="https://a.example/"/>'), ["https://a.example/"]),
        (opml('<outline type="atom" url="https://a.example/"/>'), ["https://a.example/"]),
        (opml('<outline type="link" url="https://a.example/page"/>' + FEED), ["https://a.example/feed"]),
        (opml('<outline xmlUrl="feed://a.example/x"/>'), ["http://a.example/x"]),
        (opml('<outline xmlUrl="feed:https://a.example/x"/>'), ["https://a.example/x"]),
        (opml('<outline xmlUrl="https://a.example/?x=1&y=2"/>'), ["https://a.example/?x=1&y=2"]),
        (opml('<outline xmlUrl="https://a.example/?x=1&amp;y=2"/>'), ["https://a.example/?x=1&y=2"]),
        (opml('<outline text="Caf&eacute;&nbsp;&bogus; &" xmlUrl="https://a.example/"/>'), ["https://a.example/"]),
        (opml('<outline text="\x07\x0b" xmlUrl="https://a.example/"/>'), ["https://a.example/"]),
        ("\n \n" + opml(FEED), ["https://a.example/feed"]),
        ("\ufeff" + opml(FEED), ["https://a.example/feed"]),
        (opml(FEED, "").encode("utf-16"), ["https://a.example/feed"]),
        (opml(FEED, "").strip().encode("utf-16-le"), ["https://a.example/feed"]),
        (opml(FEED, '<?xml version="1.0" encoding="UTF-16"?>').encode(), ["https://a.example/feed"]),
        (opml('<outline text="é" xmlUrl="https://a.example/"/>').encode("latin-1"), ["https://a.example/"]),
        (
            opml(
                '<outline text="鬼" xmlUrl="https://a.example/"/>', '<?xml version="1.0" encoding="Shift_JIS"?>'
            ).encode("shift_jis"),
            ["https://a.example/"],
        ),
        ("# mine\nhttps://a.example/feed\n\n  https://b.example/\n", ["https://a.example/feed", "https://b.example/"]),
    ],
    ids=range(18),
)
def test_what_was_meant_is_read(body: bytes | str, expected: list[str]) -> None:
    found = read_list(body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body)
    assert [feed.address for feed in found.feeds] == expected
    assert found.bad == ()


def test_a_bad_line_is_named_and_the_good_ones_are_kept() -> None:
    text = opml(
        '<outline xmlUrl="https://a.example/"/>\n<outline xmlUrl="file:///etc/passwd"/>\n<outline type="rss" text="x"/>\n'
        '<outline xmlUrl="https://a.example/&#10;Host: b"/>\n<outline xmlUrl="https://[bad/"/>\n'
        '<outline xmlUrl="https://b.example/"/>'
    )
    found = read_list(text.encode())
    assert [feed.address for feed in found.feeds] == ["https://a.example/", "https://b.example/"]
    assert [bad.line for bad in found.bad] == [4, 5, 6, 7]
    assert "'file:///etc/passwd' is not a web address" in found.bad[0].reason
    assert "no xmlUrl" in found.bad[1].reason


def test_a_secret_in_a_bad_address_is_not_shown() -> None:
    found = read_list(opml('<outline xmlUrl="ftp://me:s3kr1t@a.example/?token=s3kr1t"/>' + FEED).encode())
    assert "s3kr1t" not in found.bad[0].reason


def test_of_a_file_that_breaks_off_the_good_beginning_is_kept() -> None:
    found = read_list(opml(f'{FEED}\n<outline text="B" xmlUrl="https://b').encode())
    assert [feed.address for feed in found.feeds] == ["https://a.example/feed"]
    (bad,) = found.bad
    assert (bad.line >= 4, "what follows is lost" in bad.reason) == (True, True)


BOMB = '<!DOCTYPE opml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (opml(FEED, BOMB).encode(), "entities"),
        (opml(FEED, '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>').encode(), "entities"),
        (opml("<outline text='x'>" * 60 + FEED + "</outline>" * 60).encode(), "nested"),
        (opml(FEED, '<?xml version="1.0" encoding="nonsense"?>').encode(), "encoding 'nonsense'"),
        (b" " * (MOST_BYTES + 1), "larger than 10 MiB"),
        (b"", "names no feed"),
        (b"hello\nworld", "names no feed"),
        (bytes(range(256)), "names no feed"),
    ],
    ids=range(8),
)
def test_what_is_no_list_or_an_attack_is_refused(body: bytes, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        read_list(body)


def test_a_document_type_without_entities_is_no_attack() -> None:
    assert addresses(opml(FEED, '<!DOCTYPE opml SYSTEM "opml.dtd">')) == ["https://a.example/feed"]


def test_a_large_list_of_ampersands_is_read_in_no_time() -> None:
    begun = time.monotonic()
    read_list(opml(f'<outline text="{"&a" * 200_000}" xmlUrl="https://a.example/"/>').encode())
    assert time.monotonic() - begun < 5


@settings(max_examples=examples(200), deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: opml(text).encode("utf-8", "replace")))
def test_whatever_comes_it_is_read_or_refused(body: bytes) -> None:
    try:
        found = read_list(body)
    except ConfigError:
        return
    assert all(isinstance(bad, BadLine) and bad.line >= 1 for bad in found.bad)


NEW = (
    Subscription("https://c.example/?a=1&b=2", 'C & "D" <e>', "https://c.example/", ("News", "Food")),
    Subscription("https://d.example/"),
)


def test_a_new_list_reads_back_as_it_was() -> None:
    written = merged(None, NEW, "Feeds of mine")
    assert [(feed.address, feed.title, feed.site, feed.folder) for feed in read_list(written).feeds] == [
        ("https://c.example/?a=1&b=2", 'C & "D" <e>', "https://c.example/", ("News", "Food")),
        ("https://d.example/", "https://d.example/", None, ()),
    ]
    root = ET.fromstring(written)
    assert (root.tag, root.get("version"), root.findtext("head/title")) == ("opml", "2.0", "Feeds of mine")


def test_what_a_list_held_is_kept_and_new_feeds_join_their_folders() -> None:
    old = opml(
        '<!-- by hand --><outline text="News" isOpen="true"><outline text="B" xmlUrl="https://b.example/" custom="7"/></outline>'
    )
    text = merged(old.encode(), NEW).decode()
    assert "<!-- by hand -->" in text
    assert 'custom="7"' in text
    assert "<title>Mine</title>" in text
    assert text.count('text="News"') == 1
    assert [(feed.address, feed.folder) for feed in read_list(text.encode()).feeds] == [
        ("https://b.example/", ("News",)),
        ("https://c.example/?a=1&b=2", ("News", "Food")),
        ("https://d.example/", ()),
    ]


@pytest.mark.parametrize("old", [b"<opml><body>", b"<rss/>", opml(FEED, BOMB).encode(), b"\xff\xfe\x00"])
def test_a_file_that_cannot_be_read_whole_is_not_written_over(old: bytes) -> None:
    with pytest.raises(ConfigError):
        merged(old, NEW)


TITLES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20).map(lambda text: " ".join(text.split()))


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(st.tuples(TITLES, st.lists(TITLES.filter(bool), max_size=3)), max_size=8))
def test_any_titles_and_folders_survive_writing_and_reading(rows: list[tuple[str, list[str]]]) -> None:
    feeds = [
        Subscription(f"https://a.example/{number}", title, None, tuple(folder))
        for number, (title, folder) in enumerate(rows)
    ]
    found = read_list(merged(None, feeds)).feeds
    assert {(feed.address, feed.folder) for feed in found} == {(feed.address, feed.folder) for feed in feeds}
    assert {feed.title for feed in found} == {feed.title or feed.address for feed in feeds}
