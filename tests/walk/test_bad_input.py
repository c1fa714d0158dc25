"""Bad input from end to end: each kind fails by its name, in words, and everybody else goes on.

Everything goes through the command line, as a person would see it; the servers are real, on loopback. Every body here
is made.
"""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from bot.cli import main
from bot.clock import ManualClock
from bot.errors import StoreError
from bot.listen.collect import LEASE
from bot.model import PollReport
from bot.wiring import App
from config.settings import load_settings
from tests.support.feedserver import FeedServer, Reply, drip, endless, entry, gzip_bomb, redirect, rss
from tests.support.reddit import TOKEN
from tests.support.replay import Answer, ReplayServer

TOKEN_TEXT = "made-up-bearer-token-nobody-may-see"
X_SEARCH = "/2/tweets/search/recent"
REDDIT_SEARCH = "/r/all/search/"
PAGE = "<!doctype html><html><head><title>Just a moment…</title></head><body>Checking your browser.</body></html>"
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "'
    + "ha" * 50
    + '">'
    + "".join(f'<!ENTITY {new} "{f"&{old};" * 50}">' for old, new in zip("abcdef", "bcdefg", strict=True))
    + "]><rss version='2.0'><channel><item><title>Acme &g;</title><guid>1</guid></item></channel></rss>"
)
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass
class Outcome:
    """What a command gave back."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass
class Desk:
    """A configuration in a folder, and the command line."""

    folder: Path
    capture: pytest.CaptureFixture[str]
    tables: list[str] = field(default_factory=list)

    @property
    def config(self) -> Path:
        return self.folder / "heard.toml"

    def configure(self, *tables: str, http: str = "") -> None:
        """Writes the configuration: one subject, Acme, and what is given."""
        (self.folder / "credential.txt").write_text(TOKEN_TEXT, encoding="utf-8")
        subject = "[[subject]]\nid = 'acme'\nname = 'Acme'\nquery = 'acme'\n"
        limits = f"[http]\nallow_networks = ['127.0.0.0/8']\n{http}\n"
        self.config.write_text("\n".join([subject, *tables, limits]), encoding="utf-8")

    def heard(self, *args: str) -> Outcome:
        """Runs a command in this process, as the ``heard`` program does."""
        self.capture.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(["--config", str(self.config), *args])
        said = self.capture.readouterr()
        return Outcome(int(ended.value.code or 0), said.out, said.err)

    def states(self) -> dict[str, dict[str, Any]]:
        """Each target's row, by feed path or source."""
        return {_name(row): row for row in self.heard("sources", "--json").rows}

    def mentions(self) -> list[dict[str, Any]]:
        return self.heard("mentions", "--json").rows


def _name(row: Mapping[str, Any]) -> str:
    return re.sub(r"^https?://[^/]+", "", row["feed"]) if row["feed"] else str(row["source"])


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def feeds(*addresses: str, name: str = "feeds") -> str:
    return f"[[source]]\nid = '{name}'\nconnector = 'rss'\nfeeds = {json.dumps(addresses)}\n"


def x(address: str) -> str:
    return (
        f"[[source]]\nid = 'x'\nconnector = 'twitter'\nbase_url = '{address}'\nbearer_token_file = 'credential.txt'\n"
    )


def reddit(address: str) -> str:
    return (
        f"[[source]]\nid = 'reddit'\nconnector = 'reddit'\nmode = 'oauth'\nbase_url = '{address}'\n"
        "client_id_file = 'credential.txt'\nclient_secret_file = 'credential.txt'\n"
        "user_agent = 'linux:org.example.heard:v1 (by /u/somebody)'\n"
    )


def good(number: int = 1, **more: str) -> str:
    return entry(f"Acme opens shop {number}", guid=f"g{number}", link=f"https://news.example/{number}", **more)


def feed_of(*entries: str) -> Reply:
    return Reply(headers={"content-type": "application/rss+xml"}, body=rss(*entries))


@contextmanager
def platforms() -> Iterator[tuple[FeedServer, ReplayServer, ReplayServer]]:
    with FeedServer() as blogs, ReplayServer() as x_server, ReplayServer() as reddit_server:
        reddit_server.add("POST", "/api/v1/access_token", answer=Answer(body=TOKEN))
        yield blogs, x_server, reddit_server


BROKEN: dict[str, tuple[Any, str, str, str]] = {
    "/empty": (Reply(body=b""), "failing", "BadResponse", "empty answer"),
    "/page": (Reply(headers={"content-type": "text/html"}, body=PAGE), "failing", "BadResponse", "web page"),
    "/garbage": (Reply(body=bytes(range(256)) * 64), "failing", "BadResponse", "not a feed"),
    "/cut": (Reply(body="<rss version='2.0'><channel><title>Acme"), "failing", "BadResponse", "broken XML"),
    "/json": (Reply(body='{"version": "https://jsonfeed.org/version/1.1", "it'), "failing", "BadResponse", "JSON"),
    "/huge": (lambda _request: Reply(body=endless()), "failing", "BadResponse", "too long"),
    "/gzip-bomb": (gzip_bomb(2**25), "failing", "BadResponse", "too long"),
    "/no-gzip": (
        Reply(headers={"content-encoding": "gzip"}, body="Acme"),
        "failing",
        "BadResponse",
        "cannot be unpacked",
    ),
    "/circle": (lambda _request: redirect("/circle"), "failing", "BadResponse", "circle"),
    "/inward": (redirect("http://169.254.169.254/latest/meta-data"), "failing", "Unavailable", "public address"),
    "/script": (redirect("javascript:alert(1)"), "failing", "BadResponse", ""),
    "/away": (Reply(404), "failing", "Unavailable", "404"),
    "/gone": (Reply(410), "blocked", "AccessDenied", "410"),
    "/members": (Reply(401), "blocked", "AccessDenied", "401"),
    "/forbidden": (Reply(403), "blocked", "AccessDenied", "403"),
    "/less": (Reply(429, {"Retry-After": "600"}), "rate-limited", "RateLimited", "less often"),
    "/down": (Reply(500, body=PAGE), "failing", "Unavailable", "500"),
    "/hangs-up": (Reply(raw=[b""]), "failing", "Unavailable", ""),
    "/no-http": (Reply(raw=[b"SSH-2.0-OpenSSH_9.2\r\n"]), "failing", "Unavailable", ""),
    "/slow": (lambda _request: Reply(body=drip(b"<rss>" * 100, 0.05)), "failing", "Unavailable", "in time"),
}


def test_every_broken_feed_fails_in_its_own_kind_and_the_good_ones_go_on(desk: Desk) -> None:
    with FeedServer() as server:
        first = server.add("/first", feed_of(good(1)))
        addresses = [server.add(path, route) for path, (route, *_) in BROKEN.items()]
        bomb = server.add("/bomb", Reply(headers={"content-type": "application/xml"}, body=LAUGHS))
        last = server.add("/last", feed_of(good(2)))
        desk.configure(
            feeds(first, *addresses, bomb, last), http="max_body = 1000000\nread_timeout = 2\ntotal_timeout = 1.5\n"
        )
        came = desk.heard("collect", "--json")
        rows = {_name(row): row for row in came.rows}
        assert came.code == 1, "a failure is not kept from the caller"
        for path, (_, state, kind, words) in BROKEN.items():
            row = rows[path]
            assert (row["state"], row["error"] and row["error"]["kind"]) == (state, kind), path
            assert words in row["error"]["message"], path
            assert path in row["error"]["message"] or row["error"]["message"].startswith("http"), "it says which"
            # What only a person can change is not asked again until they do.
            assert (row["error"]["retry_at"] is None) is (state == "blocked"), path
        assert [rows[path]["state"] for path in ("/first", "/bomb", "/last")] == ["ok"] * 3
        assert rows["/bomb"]["fetched"] == 1, "a bomb is defused, and the rest of its feed is read"
        titles = sorted(row["title"] for row in desk.mentions())
        assert titles[-2:] == ["Acme opens shop 1", "Acme opens shop 2"]
        assert all(len(title) < 10_000 for title in titles)
        again = desk.heard("collect", "--json", "feeds")
        assert {_name(row) for row in again.rows} == rows.keys(), "asked for by name, even what is blocked is tried"
        assert sum(row["new"] for row in again.rows) == 0
        assert sorted(row["title"] for row in desk.mentions()) == titles, "nothing is lost or doubled"
        status = desk.heard("status")
        assert status.code == 1
        assert "Traceback" not in came.err + again.err + status.err


STRANGE = {
    "script": entry("<script>alert('Acme')</script>Acme & more", guid="script", link="https://news.example/script"),
    "link": entry("Acme by a bad link", guid="link", link="javascript:alert(document.cookie)"),
    "data": entry("Acme by a data link", guid="data", link="data:text/html,<script>alert(1)</script>"),
    "markup": entry(
        "Acme in a picture",
        guid="markup",
        link="https://news.example/3",
        text="<img src=x onerror=alert(1)>Acme<svg/onload=x>",
    ),
    "control": "<item><guid>control</guid><title>Ac\x00me \x1b[31mred\x07 &#0;&#27;&#x9b;2J Acme \x08</title></item>",
    "halves": "<item><guid>halves</guid><title>Acme &#xD800; &#xFFFE; &#x110000;</title></item>",
    "long id": entry("Acme with a long id", guid="x" * 200_000),
    "id with control": "<item><guid>\x01\x02</guid><title>Acme id</title></item>",
    "year 1770": entry("Acme in 1770", guid="old", date="1770-01-01T00:00:00Z"),
    "year 9999": entry("Acme in 9999", guid="far", date="Fri, 31 Dec 9999 23:59:59 -1200"),
    "month 13": entry("Acme in month 13", guid="month", date="2026-13-45T99:99:99Z"),
    "no date": entry("Acme some day", guid="words", date="the day before yesterday"),
    "bidi": entry("Acme \u202egnihton\u202c", guid="bidi"),
    "formula": entry("=HYPERLINK('Acme')", guid="formula", text="Acme" + " acme" * 20_000),
}


def test_strange_entries_are_kept_as_plain_text_and_harm_nobody(desk: Desk) -> None:
    channel = "[[channel]]\nid = 'folder'\nkind = 'file'\nfolder = 'digests'\n"
    report = "[[digest]]\nid = 'pr'\naudience = 'pr'\nchannels = ['folder']\n"
    with FeedServer() as server:
        address = server.add("/strange", feed_of(*STRANGE.values(), good()))
        latin = server.add("/latin", Reply(body=b'<?xml version="1.0" encoding="utf-8"?>' + _latin()))
        desk.configure(feeds(address, latin), channel, report)
        came = desk.heard("collect", "--json")
        assert [(row["state"], row["error"]) for row in came.rows] == [("ok", None)] * 2
        found = {row["title"] or row["text"]: row for row in desk.mentions()}
        assert len(found) == len(STRANGE) + 2
        assert "Acmé opens" in found, "a wrong encoding is guessed right"
        for row in found.values():
            assert not CONTROL.search(row["title"] + row["text"].replace("\n", "")), "no control characters"
            assert row["url"] is None or row["url"].startswith(("http://", "https://"))
            row["text"].encode()
        dates = [row["published_at"] for title, row in found.items() if " in " in title and "picture" not in title]
        assert dates == [None] * 3, "a date that cannot be is unknown"
        for args in (("mentions",), ("explain", found["Acme id"]["id"]), ("digest", "preview", "pr")):
            shown = desk.heard(*args)
            assert shown.code == 0, shown.err
            assert not CONTROL.search(shown.out.replace("\n", "")), "nobody's text commands the terminal"
    app = App(load_settings(desk.config), ManualClock(datetime.now(UTC) + timedelta(days=1)))
    try:
        digest = app.telling.publish(*app.telling.window("pr", None))
        assert set(digest.mentions) == {row["id"] for row in found.values()}
        app.telling.deliver()
    finally:
        app.close()
    [page] = (desk.folder / "digests").glob("*.html")
    _is_safe(page.read_text(encoding="utf-8"))


def _latin() -> bytes:
    return rss(entry("Acmé opens", guid="latin")).partition("?>")[2].encode("latin-1")


def _is_safe(html: str) -> None:
    page = LexborHTMLParser(html)
    assert "Acme" in page.text()
    assert not page.css("script, svg, iframe, object, embed, form, base, img")
    assert "javascript:" not in html
    assert all(str(link.attributes.get("href")).startswith(("http://", "https://")) for link in page.css("a"))
    assert not [name for element in page.css("*") for name in element.attributes if name.startswith("on")]


def test_a_web_page_from_the_apis_is_a_bad_response_and_the_feeds_go_on(desk: Desk) -> None:
    page = Answer(200, {"content-type": "text/html; charset=utf-8"}, PAGE)
    with platforms() as (blogs, x_server, reddit_server):
        x_server.add("GET", X_SEARCH, answer=page)
        reddit_server.add("GET", REDDIT_SEARCH, answer=page)
        blog = blogs.add("/blog", feed_of(good()))
        desk.configure(x(x_server.base_url), reddit(reddit_server.base_url), feeds(blog))
        came = desk.heard("collect", "--json")
        assert came.code == 1
        rows = {_name(row): row for row in came.rows}
        assert {name: row["error"] and row["error"]["kind"] for name, row in rows.items()} == {
            "x": "BadResponse",
            "reddit": "BadResponse",
            "/blog": None,
        }
        assert [row["title"] for row in desk.mentions()] == ["Acme opens shop 1"]
        assert TOKEN_TEXT not in came.out + came.err


def test_posts_that_make_no_sense_are_left_out_and_the_others_kept(desk: Desk) -> None:
    now = datetime.now(UTC)
    posts: list[Any] = [
        {"id": "../../etc/passwd", "text": "acme one"},
        {"id": 12, "text": "acme two"},
        {"text": "acme three"},
        {"id": "1860000000000000001", "text": None},
        "acme four",
        {"id": "1860000000000000002", "text": "acme\x00 \x1b[2J five", "created_at": "yesterday", "author_id": {}},
        {
            "id": "1860000000000000003",
            "text": "acme six",
            "entities": {"urls": [{"expanded_url": "javascript:alert(1)"}, 7]},
            "public_metrics": {"like_count": -1, "impression_count": "many"},
        },
    ]
    things: list[Any] = [
        {
            "kind": "t3",
            "data": {"id": "a", "name": "t3_a", "title": "acme <b>seven</b>", "created_utc": now.timestamp()},
        },
        {
            "kind": "t3",
            "data": {"id": "b", "name": "t3_b", "title": "acme eight", "url": "javascript:x", "score": 10**400},
        },
        {"kind": "t3", "data": {"id": "../c", "name": "t3_c", "title": "acme nine"}},
        {"kind": "t9", "data": None},
        None,
    ]
    with platforms() as (_, x_server, reddit_server):
        x_server.add("GET", X_SEARCH, answer=Answer(body={"data": posts, "meta": {"result_count": "seven"}}))
        reddit_server.add("GET", REDDIT_SEARCH, answer=Answer(body={"kind": "Listing", "data": {"children": things}}))
        desk.configure(x(x_server.base_url), reddit(reddit_server.base_url))
        came = desk.heard("collect", "--json")
        assert {row["source"]: (row["state"], row["new"]) for row in came.rows} == {"x": ("ok", 2), "reddit": ("ok", 2)}
        texts = sorted(row["text"] for row in desk.mentions())
        assert texts == ["acme <b>seven</b>", "acme [2J five", "acme eight", "acme six"]
        assert all(row["url"].startswith("https://") for row in desk.mentions())


def test_a_refused_token_blocks_x_alone_until_a_person_resumes_it(desk: Desk) -> None:
    refused = Answer(
        401, body={"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}
    )
    with platforms() as (blogs, x_server, reddit_server):
        x_server.add("GET", X_SEARCH, answer=refused)
        thing = {"id": "a", "name": "t3_a", "title": "acme again", "created_utc": datetime.now(UTC).timestamp()}
        listing = {"kind": "Listing", "data": {"children": [{"kind": "t3", "data": thing}], "after": None}}
        reddit_server.add("GET", REDDIT_SEARCH, answer=Answer(body=listing))
        blog = blogs.add("/blog", feed_of(good()))
        desk.configure(x(x_server.base_url), reddit(reddit_server.base_url), feeds(blog))
        came = desk.heard("collect", "--json")
        assert {_name(row): row["state"] for row in came.rows} == {"x": "blocked", "reddit": "ok", "/blog": "ok"}
        states = desk.states()
        assert states["x"]["error"]["kind"] == "AccessDenied"
        assert "bearer token" in states["x"]["error"]["message"]
        assert states["x"]["next_poll_at"] is None
        assert len(desk.mentions()) == 2
        asked = len(x_server.requests)
        desk.heard("collect")
        assert len(x_server.requests) == asked, "a token that was refused is not tried again and again"
        status = desk.heard("status")
        assert (status.code, "blocked" in status.out) == (1, True)
        x_server.clear()
        x_server.add("GET", X_SEARCH, answer=Answer(body={"meta": {"result_count": 0}}))
        assert desk.heard("sources", "resume", "x").code == 0
        assert desk.heard("collect").code == 0
        assert desk.states()["x"]["state"] == "ok"
        everything = came.out + came.err + status.out + status.err
        assert TOKEN_TEXT not in everything
        assert TOKEN_TEXT.encode() not in (desk.folder / "heard.db").read_bytes()


TYPOS: tuple[tuple[str, str, str], ...] = (
    ("[[source]]\nid = 'blog'\nconnector = 'rss'\nfeds = ['https://a.example']", "feds", "feeds"),
    ("[[source]]\nid = 'blog'\nconnector = 'rss'\nfeeds = ['https://a.example']\nevry = '1h'", "evry", "every"),
    ("[[sorce]]\nid = 'blog'", "sorce", "source"),
    ("[[digest]]\nid = 'pr'\naudiense = 'pr'", "audiense", "audience"),
    ("[[channel]]\nid = 'out'\nkind = 'file'\nfoldr = 'here'\n[[digest]]\nid = 'pr'\naudience = 'pr'\nchannels = ['out']", "foldr", "folder"),
    ("[heard]\ntimezon = 'UTC'", "timezon", "timezone"),
    ("[source.budget]\nreads_per_day = 1", "source", ""),
    ("[[source]]\nid = 'x'\nconnector = 'twiter'", "twiter", "twitter"),
    ("[[source]]\nid = 'x'\nconnector = 'twitter'\nbearer_token_env = 'HEARD_NOT_SET'", "HEARD_NOT_SET", "bearer_token_env"),
    ("[[source]]\nid = 'blog'\nconnector = 'rss'\nfeeds = ['file:///etc/passwd']", "file:///etc/passwd", "https://"),
    ("[[source]]\nid = 'blog'\nconnector = 'rss'\nfeeds = ['https://a.example']\nevery = 'hourly'", "hourly", "15m"),
    ("[[digest]]\nid = 'pr'\naudience = 'press'", "press", "community"),
    ("[heard\n", "TOML", "line"),
)  # fmt: skip


@pytest.mark.parametrize(("table", "wrong", "right"), TYPOS, ids=[wrong for _, wrong, _ in TYPOS])
def test_a_typo_in_the_configuration_is_named_with_what_was_meant(
    desk: Desk, table: str, wrong: str, right: str
) -> None:
    desk.configure(table)
    for command in ("check", "run"):
        ended = desk.heard(command)
        said = ended.out + ended.err
        assert ended.code == 2, said
        assert str(desk.config) in said
        assert wrong in said
        assert right in said
        assert "Traceback" not in said


def test_a_database_of_a_newer_heard_is_refused_and_left_as_it_was(desk: Desk) -> None:
    with FeedServer() as server:
        desk.configure(feeds(server.add("/blog", feed_of(good()))))
        assert desk.heard("collect").code == 0
        database = desk.folder / "heard.db"
        with closing(sqlite3.connect(database)) as db:
            # as the migrations of a later release would leave it
            db.execute(
                "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) "
                "SELECT migration_set, '9000_from_the_future', applied_at FROM _sqlite_migrations LIMIT 1"
            )
            db.commit()
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        before = database.read_bytes()
        for command in (["collect"], ["mentions"], ["db", "upgrade"], ["run"]):
            ended = desk.heard(*command)
            assert ended.code == 1
            assert "9000_from_the_future" in ended.err
            assert "newer" in ended.err
            assert "Traceback" not in ended.err
        assert database.read_bytes() == before


def test_a_full_disk_is_named_and_nothing_is_lost_or_doubled(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    clock = ManualClock(datetime(2026, 9, 7, 12, tzinfo=UTC))
    with FeedServer() as server:
        small = server.add("/small", feed_of(good(0)))
        large = server.add("/large", feed_of(*(good(number, text=_words(number)) for number in range(1, 251))))
        desk.configure(feeds(small, large))
        app = App(load_settings(desk.config), clock)
        try:
            [first] = app.listening.collect([target for target in app.listening.due() if "small" in target.feed])
            assert first.new == 1
            database = app.store._connections.database()
            (pages,) = database.execute("PRAGMA page_count").fetchone()
            database.execute(f"PRAGMA max_page_count = {pages + 100}")
            with pytest.raises(StoreError, match=r"heard\.db is full; nothing of this step was saved"):
                _collect(app)
            assert "bug" not in caplog.text, "the source is not to blame"
            kept = app.store.counts()["mentions"] - 1
            assert kept in {0, 100, 200}, "a page is kept whole or not at all"
            assert app.store.integrity_check() == ()
            assert app.store.mentions(search="shop 0"), "what was stored is still there"
            database.execute("PRAGMA max_page_count = 1000000")
            clock.set(clock.now() + LEASE + timedelta(seconds=1))
            [report] = _collect(app)
            assert (report.state, report.fetched, report.new) == ("ok", 250, 250 - kept)
            assert app.listening.score() == 251
        finally:
            app.close()


def _collect(app: App) -> list[PollReport]:
    return list(app.listening.collect(app.listening.due()))


def _words(number: int) -> str:
    """Text that is like no other, so that it neither packs nor groups."""
    return " ".join(f"acme{number * 7919 % 104729 + place}" for place in range(200))


def test_a_disk_that_takes_no_more_ends_the_command_with_a_sentence(desk: Desk) -> None:
    """The operating system's own limit on a file's size stands in for a disk without room."""
    with FeedServer() as server:
        large = server.add("/large", feed_of(*(good(number, text=_words(number)) for number in range(1, 101))))
        desk.configure(feeds(server.add("/small", feed_of(good(0))), name="small"), feeds(large, name="large"))
        assert desk.heard("collect", "small").code == 0
        before = desk.mentions()
        room = (desk.folder / "heard.db").stat().st_size + 50_000
        ended = _with_room(room, "--config", str(desk.config), "collect")
        assert ended.returncode == 1
        assert "heard.db failed to read or write; nothing of this step was saved" in ended.stderr
        assert "Traceback" not in ended.stderr
        assert desk.mentions() == before
        assert desk.heard("db", "check").code == 0
        assert "1 of 1 not polled" in desk.heard("collect").err, "not a word would look like all is well"


def _with_room(room: int, *args: str) -> subprocess.CompletedProcess[str]:
    """Runs ``heard`` in a process whose files may not grow beyond ``room`` bytes."""
    program = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2);"
        "from bot.cli import main; main(sys.argv[2:])"
    )
    return subprocess.run(
        [sys.executable, "-c", program, str(room), *args], capture_output=True, text=True, check=False, timeout=60
    )
