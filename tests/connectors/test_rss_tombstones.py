"""Entries that a feed declares deleted (RFC 6721)."""

from __future__ import annotations

import time

import pytest

from connectors.rss.items import item_key, key_of_id
from connectors.rss.tombstones import MOST, tombstones

FEED = '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0">{}</feed>'


def of(inside: str) -> tuple[str, ...]:
    return tombstones(FEED.format(inside).encode())


def test_the_ids_of_deleted_entries_are_read() -> None:
    assert of('<at:deleted-entry ref="tag:a.example,1" when="2026-01-01T00:00:00Z"/>') == ("tag:a.example,1",)
    assert of("<at:deleted-entry when='x' ref='u?a=1&amp;b=2'><at:comment/></at:deleted-entry>") == ("u?a=1&b=2",)


@pytest.mark.parametrize(
    "quoted",
    ["<![CDATA[{}]]>", "<!-- {} -->", "<![CDATA[{}", "<!-- {}"],
)
def test_what_an_entry_quotes_deletes_nothing(quoted: str) -> None:
    assert of(quoted.format('<at:deleted-entry ref="tag:a.example,1"/>')) == ()
    assert of("&lt;at:deleted-entry ref=&quot;a&quot;/&gt;") == ()


def test_a_feed_without_the_namespace_has_none() -> None:
    assert tombstones(b'<feed><at:deleted-entry ref="a"/></feed>') == ()


def test_there_is_an_end_to_them_in_number_and_time() -> None:
    many = "".join(f'<at:deleted-entry ref="{number}"/>' for number in range(MOST + 5))
    assert len(of(many)) == MOST
    began = time.process_time()
    assert of("<at:deleted-entry " * 60_000) == ()
    assert of("<!--" * 100_000) == ()
    assert time.process_time() - began < 2


def test_the_key_is_that_of_the_entry() -> None:
    assert key_of_id("https://a.example/feed", "http://a.example/1") == item_key(
        "https://a.example/feed", "id:https://a.example/1"
    )
