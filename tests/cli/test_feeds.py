"""Lists of feeds in and out, and feeds found from a page, as a person does it."""

from __future__ import annotations

import re
import stat
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.support.desk import Desk, feeds_config
from tests.support.feedserver import FeedServer, Reply, entry, rss

LIST = """<?xml version="1.0"?><opml version="2.0"><body><outline text="News">
<outline type="rss" text="A" xmlUrl="https://a.example/feed" htmlUrl="https://a.example/"/>
<outline type="rss" text="again" xmlUrl="http://a.example/feed/"/>
<outline type="rss" text="bad" xmlUrl="gopher://b.example/"/>
</outline><outline text="C" xmlUrl="https://c.example/rss"/></body></opml>
"""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.write(feeds_config("https://known.example/feed"))
    return desk


@pytest.fixture
def listed(desk: Desk) -> str:
    path = desk.folder / "mine.opml"
    path.write_text(LIST, encoding="utf-8")
    return str(path)


def addresses(path: Path) -> list[str]:
    return [outline.attrib["xmlUrl"] for outline in ET.parse(path).iter("outline") if "xmlUrl" in outline.attrib]


def name_the_file(desk: Desk) -> None:
    desk.write(desk.config.read_text().replace('connector = "rss"', 'connector = "rss"\nopml = "feeds.opml"', 1))


def test_a_list_is_taken_in_once_however_often_it_comes(desk: Desk, listed: str) -> None:
    first = desk.heard("import", "feeds", listed)
    made = desk.folder / "feeds.opml"
    assert (first.code, "line 4: 'gopher://b.example/' is not a web address" in first.err) == (1, True)
    assert first.out.startswith(f"Feeds: 2 added to {made}, 1 known already, 1 refused.\n")
    assert first.out.endswith('so that they are read:\nopml = "feeds.opml"\n')
    assert addresses(made) == ["https://a.example/feed", "https://c.example/rss"]
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    before = made.read_bytes()
    again = desk.heard("import", "feeds", listed)
    assert (again.code, "none added, 3 known already, 1 refused" in again.out) == (1, True)
    assert made.read_bytes() == before
    assert sorted(path.name for path in desk.folder.iterdir()) == ["feeds.opml", "heard.toml", "mine.opml"]


def test_the_feeds_of_the_named_file_are_polled_and_nothing_more_is_to_be_added(desk: Desk, listed: str) -> None:
    desk.heard("import", "feeds", listed)
    name_the_file(desk)
    assert "Add this line" not in desk.heard("import", "feeds", listed).out
    feeds = [row["feed"] for row in desk.heard("sources", "--json").rows]
    assert feeds == ["https://a.example/feed", "https://c.example/rss", "https://known.example/feed"]


def test_feeds_of_the_configuration_are_known_already(desk: Desk) -> None:
    path = desk.folder / "one.txt"
    path.write_text("http://known.example/feed/\n", encoding="utf-8")
    said = desk.heard("import", "feeds", str(path))
    assert (said.code, said.out) == (0, "Feeds: none added, 1 known already.\n")
    assert not (desk.folder / "feeds.opml").exists()


def test_each_line_of_a_list_can_be_had_as_json(desk: Desk, listed: str) -> None:
    rows = desk.heard("import", "feeds", listed, "--json").rows
    assert [(row["line"], row["result"]) for row in rows] == [(2, "added"), (3, "known"), (4, "refused"), (5, "added")]
    assert {row["source"] for row in rows} == {"blogs"}
    assert [row["reason"] is None for row in rows] == [True, True, False, True]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "names no feed"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><opml/>", "entities"),
        (b"PK\x03\x04\x00\x00", "names no feed"),
    ],
)
def test_a_file_that_is_no_list_is_an_error_that_changes_nothing(desk: Desk, content: bytes, words: str) -> None:
    path = desk.folder / "odd"
    path.write_bytes(content)
    said = desk.heard("import", "feeds", str(path))
    assert (said.code, words in said.err) == (2, True)
    assert not (desk.folder / "feeds.opml").exists()


def test_a_list_of_ones_own_that_is_broken_is_left_as_it_is(desk: Desk, listed: str) -> None:
    own = desk.folder / "feeds.opml"
    own.write_text("<opml><body>", encoding="utf-8")
    said = desk.heard("import", "feeds", listed)
    assert (said.code, f"{own} is left as it is" in said.err) == (2, True)
    assert own.read_text() == "<opml><body>"


def test_a_file_behind_a_link_is_written_where_it_is(desk: Desk, listed: str) -> None:
    real = desk.folder / "real" / "list.opml"
    real.parent.mkdir()
    real.write_text("<opml version='2.0'><body/></opml>", encoding="utf-8")
    real.chmod(0o640)
    (desk.folder / "feeds.opml").symlink_to(real)
    desk.heard("import", "feeds", listed)
    assert (desk.folder / "feeds.opml").is_symlink()
    assert len(addresses(real)) == 2
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


OTHER = '\n[[source]]\nid = "press"\nconnector = "rss"\nopml = "feeds.opml"\n'


def test_with_several_sources_it_must_be_said_which(desk: Desk, listed: str) -> None:
    (desk.folder / "feeds.opml").write_text(LIST.replace("gopher", "https"), encoding="utf-8")
    desk.write(desk.config.read_text() + OTHER)
    said = desk.heard("import", "feeds", listed)
    assert (said.code, "--source (blogs, press)" in said.err) == (2, True)
    assert "there is no source of feeds 'x'" in desk.heard("import", "feeds", listed, "--source", "x").err
    said = desk.heard("import", "feeds", listed, "--source", "blogs")
    assert said.out.endswith('opml = "blogs.opml"\n'), "feeds.opml is another source's"


def test_what_was_taken_in_is_given_out_with_its_titles_and_folders(desk: Desk, listed: str) -> None:
    desk.heard("import", "feeds", listed)
    name_the_file(desk)
    out = desk.folder / "out.opml"
    said = desk.heard("export", "feeds", "-o", str(out))
    assert (said.code, said.out) == (0, f"Feeds: 3 written to {out}.\n")
    assert addresses(out) == ["https://known.example/feed", "https://a.example/feed", "https://c.example/rss"]
    root = ET.parse(out).getroot()
    assert root.get("version") == "2.0"
    (a,) = root.findall("body/outline[@text='News']/outline")
    assert (a.get("title"), a.get("htmlUrl"), a.get("type")) == ("A", "https://a.example/", "rss")


def test_a_feed_that_is_named_twice_is_given_out_once_with_its_title(desk: Desk, listed: str) -> None:
    desk.heard("import", "feeds", listed)
    name_the_file(desk)
    config = desk.config.read_text(encoding="utf-8")
    desk.config.write_text(config.replace("feeds = [", 'feeds = ["https://a.example/feed", '), encoding="utf-8")
    out = desk.folder / "out.opml"
    desk.heard("export", "feeds", "-o", str(out))
    assert sorted(addresses(out)) == ["https://a.example/feed", "https://c.example/rss", "https://known.example/feed"]
    assert ET.parse(out).find("body//outline[@title='A']") is not None


def test_a_list_that_was_given_out_is_taken_in_by_another_desk(desk: Desk, tmp_path: Path, listed: str) -> None:
    desk.heard("import", "feeds", listed)
    name_the_file(desk)
    desk.heard("export", "feeds", "-o", str(desk.folder / "out.opml"))
    other = Desk(tmp_path / "other")
    other.folder.mkdir()
    other.write(feeds_config("https://else.example/"))
    assert "3 added" in other.heard("import", "feeds", str(desk.folder / "out.opml")).out


def test_several_sources_are_given_out_in_folders_and_secret_feeds_not_at_all(desk: Desk) -> None:
    (desk.folder / "feeds.opml").write_text(LIST.replace("gopher", "https"), encoding="utf-8")
    (desk.folder / "secret").write_text("https://www.google.com/alerts/feeds/12/34", encoding="utf-8")
    desk.write(desk.config.read_text() + OTHER + 'feeds_file = "secret"\n')
    out = desk.folder / "out.opml"
    said = desk.heard("export", "feeds", "-o", str(out))
    assert said.err == "The secret feeds of press are left out.\n"
    assert "alerts" not in out.read_text()
    folders = [outline.get("text") for outline in ET.parse(out).getroot().findall("body/outline")]
    assert folders == ["blogs", "press"]
    desk.heard("export", "feeds", "--source", "press", "-o", str(out))
    assert "known.example" not in out.read_text()


def test_feeds_are_found_from_a_page(desk: Desk, server: FeedServer) -> None:
    feed = server.add("/found.xml", Reply(body=rss(entry("x", date="Sun, 01 Mar 2026 10:00:00 GMT"))))
    head = '<link rel="alternate" type="application/rss+xml" href="/found.xml">'
    page = server.add("/page", Reply(body=f"<html><head>{head}</head></html>"))
    said = desk.heard("sources", "discover", page)
    assert said.code == 0
    assert said.out == (
        f"A feed\n  {feed}\n  RSS 2.0, 1 entry, newest of 2026-03-01\n\n"
        f'For a [[source]] with connector = "rss":\nfeeds = ["{feed}"]\n'
    )
    assert desk.heard("sources", "discover", page, "--json").rows == [
        {"address": feed, "title": "A feed", "type": "RSS 2.0", "entries": 1, "newest": "2026-03-01T10:00:00Z",
         "line": f'feeds = ["{feed}"]'}
    ]  # fmt: skip


def test_where_there_is_no_feed_that_is_said(desk: Desk) -> None:
    with FeedServer() as bare:  # with no feed at any of the usual places
        said = desk.heard("sources", "discover", bare.add("/bare/page", Reply(body="<html><body>Hello</body></html>")))
        assert (said.code, said.out, "no feed was found" in said.err) == (1, "", True)
        gone = desk.heard("sources", "discover", bare.url("/nowhere"))
        assert (gone.code, "404" in gone.err) == (1, True)
    assert desk.heard("sources", "discover", "ftp://a.example/").code == 2


def test_private_networks_are_not_looked_at_unless_allowed(desk: Desk, server: FeedServer) -> None:
    desk.write(re.sub(r"allow_networks.*", "", desk.config.read_text()))
    said = desk.heard("sources", "discover", server.add("/private", Reply(body="<html>")))
    assert (said.code, "not a public address" in said.err) == (1, True)


def test_a_list_is_printed_where_no_file_is_named(desk: Desk) -> None:
    said = desk.heard("export", "feeds")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("<?xml version='1.0' encoding='utf-8'?>\n<opml version=\"2.0\">")
    assert 'xmlUrl="https://known.example/feed"' in said.out
