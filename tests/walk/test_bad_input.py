"""Bad input from end to end: each kind fails by its name, in words, and everybody else goes on.

Everything goes through the command line, as a person would see it; the servers are real, on loopback. Every body here
is made.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from bot.clock import ManualClock
from bot.wiring import App
from config.settings import load_settings
from tests.support.feedserver import FeedServer, Reply, drip, endless, entry, gzip_bomb, redirect, rss
from tests.support.replay import Answer
from tests.walk.desk import TOKEN_TEXT, Desk, feed_of, feeds, good, name_of, platforms, reddit, x

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
    "/members": (Reply(401), "unauthorised", "Unauthorised", "401"),
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
        rows = {name_of(row): row for row in came.rows}
        assert came.code == 1, "a failure is not kept from the caller"
        for path, (_, state, kind, words) in BROKEN.items():
            row = rows[path]
            assert (row["state"], row["error"] and row["error"]["kind"]) == (state, kind), path
            assert words in row["error"]["message"], path
            assert path in row["error"]["message"] or row["error"]["message"].startswith("http"), "it says which"
            # What only a person can change is not asked again until they do.
            assert (row["error"]["retry_at"] is None) is (state in {"blocked", "unauthorised"}), path
        assert [rows[path]["state"] for path in ("/first", "/bomb", "/last")] == ["ok"] * 3
        assert rows["/bomb"]["fetched"] == 1, "a bomb is defused, and the rest of its feed is read"
        titles = sorted(row["title"] for row in desk.mentions())
        assert titles[-2:] == ["Acme opens shop 1", "Acme opens shop 2"]
        assert all(len(title) < 10_000 for title in titles)
        again = desk.heard("collect", "--json", "feeds")
        assert {name_of(row) for row in again.rows} == rows.keys(), "asked for by name, even what is blocked is tried"
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
        rows = {name_of(row): row for row in came.rows}
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
        assert {name_of(row): row["state"] for row in came.rows} == {"x": "unauthorised", "reddit": "ok", "/blog": "ok"}
        states = desk.states()
        assert states["x"]["error"]["kind"] == "Unauthorised"
        assert "bearer token" in states["x"]["error"]["message"]
        assert states["x"]["next_poll_at"] is None
        assert len(desk.mentions()) == 2
        asked = len(x_server.requests)
        desk.heard("collect")
        assert len(x_server.requests) == asked, "a token that was refused is not tried again and again"
        status = desk.heard("status")
        assert (status.code, "access refused" in status.out) == (1, True)
        x_server.clear()
        x_server.add("GET", X_SEARCH, answer=Answer(body={"meta": {"result_count": 0}}))
        assert desk.heard("sources", "resume", "x").code == 0
        assert desk.heard("collect").code == 0
        assert desk.states()["x"]["state"] == "ok"
        everything = came.out + came.err + status.out + status.err
        assert TOKEN_TEXT not in everything
        assert TOKEN_TEXT.encode() not in (desk.folder / "heard.db").read_bytes()
