"""The main job on real input: the corpus's feeds, X and Reddit through the real clients into one file and a digest.

The counts are exact. A change of the rules (what matches, what is a copy, what is told) changes them: then look at what
has changed before the numbers here are.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from bot.clock import ManualClock
from bot.listen.folding import fold
from bot.model import (
    LATE_WITHIN,
    DeliveryState,
    Digest,
    MatchField,
    Outcome,
    PollReport,
    ReachBasis,
    ScoredMention,
    State,
    Window,
)
from bot.score.receipt import recompute
from bot.wiring import App
from config.settings import load_settings
from tests.support.counts import FULL
from tests.support.feedserver import FeedServer
from tests.support.replay import ReplayServer
from tests.walk.corpus import X_SEARCH, RecordedReddit, RecordedX, serve_feeds

START = datetime(2026, 9, 6, 12, tzinfo=UTC)  # a Sunday: the next morning a day and a week are told
DAY = timedelta(days=1)
SOURCES = ("feeds", "x", "reddit")

# Why each of these is right to fail, each of them with BadResponse; the other 416 are read.
NO_FEEDS = {
    # Broken XML in which nothing can be found; taken for an empty feed, it would count as a quiet one.
    "captures/7ef13a42fa7e177a.xml": "broken XML",  # a live feed: two XML declarations, <rss:item> without a namespace
    "fastfeedparser/malformed_rss_namespaced.xml": "broken XML",  # the same fault, made small
    "feed-rs/rss2_rss_2.0_invalid_1.xml": "broken XML",  # a news agency's server fell over before the first item
    "feedparser-encoding/bozo_invalid-bytes-with-bom.xml": "broken XML",  # invalid bytes, and it ends within "</rss"
    # XML, and no feed.
    "feedparser-illformed/rss_empty_document.xml": "not a feed",  # one comment, no element
    "miniflux-xml/iso88591_utf8_mismatch.xml": "not a feed",  # a <note> from one person to another
    "gofeed/unknown_feed.xml": "web page",  # the same <note>, with a <body>
    # JSON that is no JSON Feed.
    "netnewswire/ScriptingNews.json": "not a JSON Feed",  # RSS spelled as JSON: no "version" of JSON Feed
    "netnewswire/allthis-partial.json": "broken JSON",  # cut off in the middle of a string
    # HTML.
    "node-feedparser/notafeed.html": "web page",  # it says so itself
    "rss-parser/unrecognized.rss": "web page",  # a web server's "Object Moved" page under a feed's name
}
BROKEN_OFF = {
    "fastfeedparser/osm-pl.xml": 8,  # cut in the middle of an address
    "feedparser-illformed/rdf_channel_empty_textinput.xml": 1,  # "</rdf:RDF" and no more
}
"""Feeds whose bytes end before they do, and how many entries they have: they are asked for as a whole each time."""
FEEDS, FEED_ITEMS = 427, 5182

SUBJECTS = {
    "google": "google OR @google",
    "apple": "(apple OR #apple OR apple.com OR iphone*) NOT pie",
    "coffee": "coffee OR café",
    "scholars": '#commtwitter OR #ichbinhanna OR "communication research"',
    "reddit": "reddit",
}
COMPETITORS = ("apple", "reddit")
FOUND = {
    ("feeds", "apple"): 317,
    ("feeds", "google"): 230,
    ("feeds", "coffee"): 63,
    ("feeds", "reddit"): 29,
    ("x", "scholars"): 385,
    ("x", "apple"): 1,
    ("reddit", "reddit"): 97,
    ("reddit", "google"): 6,
    ("reddit", "apple"): 2,
    ("reddit", "coffee"): 2,
}
MENTIONS, ITEMS, STORIES = 1132, 1049, 740
# Without a tone, and so without a score: 246 in languages that the engine cannot read (216 of them German, for a tag of
# German scholars is among the subjects), 28 of nothing but names and links, about 10 too short or of no word that the
# engine knows; the rest is too close to call: that number moves when the engine is trained anew.
NO_TONE = 335
# All of the feeds' but the videos', whose views are told, and some of Reddit's; the others are estimated.
NO_REACH = 644
# A text in a language that no message is put in, or that talks of a rival alone, is not coded.
OUTCOMES = {Outcome.FULL: 10, Outcome.NONE: 910}
# All of X's and Reddit's, and 12 of the feeds': what was said more than a fortnight before is never told as news.
TOLD = 505
# X: every search is answered with all of the recorded posts, so each is read once a subject.
X_POSTS, X_DIFFERENT, X_PAGES = 1277, 1220, 11
REDDIT_POSTS, REDDIT_COMMENTS = 636, 913


@dataclass
class Desk:
    """The application with its clock, and the stand-ins that it talks to."""

    app: App
    clock: ManualClock
    folder: Path
    feeds: FeedServer
    names: dict[str, str]
    x: ReplayServer
    reddit: ReplayServer

    def collect(self, source: str) -> list[PollReport]:
        return list(self.app.listening.collect(self.app.listening.due([source])))

    def mentions(self) -> list[ScoredMention]:
        found = list(self.app.store.mentions())
        assert all(isinstance(one, ScoredMention) for one in found), "everything is scored"
        return [one for one in found if isinstance(one, ScoredMention)]


@contextmanager
def _desk(folder: Path) -> Iterator[Desk]:
    with FeedServer() as feeds, ReplayServer() as x, ReplayServer() as reddit:
        names = serve_feeds(feeds)
        x.add("GET", X_SEARCH, answer=RecordedX(START).answer)
        RecordedReddit(START).serve(reddit, "kakapo")
        clock = ManualClock(START)
        app = App(load_settings(_configured(folder, list(names), x.base_url, reddit.base_url)), clock)
        try:
            yield Desk(app, clock, folder, feeds, names, x, reddit)
        finally:
            app.close()


def _configured(folder: Path, feeds: Sequence[str], x: str, reddit: str) -> Path:
    (folder / "made-up-credential.txt").write_text("made-up\n", encoding="utf-8")
    subjects = "\n".join(
        f"[[subject]]\nid = '{name}'\nname = '{name.title()}'\nquery = '{query}'\nown = {str(name not in COMPETITORS).lower()}"
        for name, query in SUBJECTS.items()
    )
    config = folder / "heard.toml"
    config.write_text(
        f"""
        {subjects}
        [[message]]
        id = "search"
        statement = "Google is the best search engine"
        counter = ["Google search is getting worse"]
        [[message]]
        id = "seminar"
        statement = "The application deadline for the Doctoral Honors Seminar has been extended"
        [[source]]
        id = "feeds"
        connector = "rss"
        feeds = {json.dumps(feeds)}
        [[source]]
        id = "x"
        connector = "twitter"
        base_url = "{x}"
        bearer_token_file = "made-up-credential.txt"
        [[source]]
        id = "reddit"
        connector = "reddit"
        mode = "oauth"
        oauth_url = "{reddit}"
        reddit_url = "{reddit}"
        client_id_file = "made-up-credential.txt"
        client_secret_file = "made-up-credential.txt"
        user_agent = "linux:org.example.heard:v1 (by /u/somebody)"
        comments = ["kakapo"]
        [[channel]]
        id = "folder"
        kind = "file"
        folder = "digests"
        [[digest]]
        id = "daily"
        audience = "pr"
        at = "08:00"
        channels = ["folder"]
        [[digest]]
        id = "weekly"
        audience = "community"
        period = "week"
        at = "08:00"
        channels = ["folder"]
        [http]
        allow_networks = ["127.0.0.0/8"]
        """,
        encoding="utf-8",
    )
    return config


@pytest.mark.timeout(400)
@pytest.mark.skipif(not FULL, reason="all 5,000 recorded items take half a minute; HEARD_FULL=1 walks them")
def test_the_whole_corpus_is_heard_scored_and_told(tmp_path: Path) -> None:
    with _desk(tmp_path) as desk:
        _walk(desk)


def _walk(desk: Desk) -> None:
    first = [_publish(desk, report) for report in ("daily", "weekly")]
    assert [digest.mentions for digest in first] == [(), ()]
    assert all("could not look" in digest.subject_line for digest in first), "unread is not quiet"
    _feeds_come_in(desk)
    _posts_come_in(desk)
    assert desk.app.listening.score() == MENTIONS
    mentions = desk.mentions()
    _counts_are_exact(mentions)
    for one in mentions:
        _hits_and_spans_are_where_they_are_said_to_be(one)
        _quotes_are_verbatim(one)
        _the_score_recomputes(one)
    desk.clock.set(START + DAY)
    _nothing_comes_twice(desk, mentions)
    _each_mention_is_told_once_a_report(desk, mentions)
    assert desk.app.store.integrity_check() == ()


def _publish(desk: Desk, report_id: str) -> Digest:
    """The digest of a report's last full window, whether or not anything was looked at."""
    report, window = desk.app.telling.window(report_id, None)
    return desk.app.telling.publish(report, window)


def _feeds_come_in(desk: Desk) -> None:
    reports = desk.collect("feeds")
    assert len(reports) == FEEDS
    failed = {desk.names[report.target.feed]: report for report in reports if report.error}
    assert Counter(report.error_kind for report in reports) == {None: FEEDS - len(NO_FEEDS), "BadResponse": 11}
    assert failed.keys() == NO_FEEDS.keys()
    for name, words in NO_FEEDS.items():
        assert words in str(failed[name].error)
        assert failed[name].state is State.FAILING
        assert failed[name].retry_at is not None, "asked again later"
    assert sum(report.fetched for report in reports) == FEED_ITEMS
    assert sum(report.new for report in reports) == sum(report.matched for report in reports) == _from("feeds")
    assert sum(report.duplicates for report in reports) == 0


def _posts_come_in(desk: Desk) -> None:
    [x], [reddit] = desk.collect("x"), desk.collect("reddit")
    subjects = len(SUBJECTS)
    assert (x.state, x.fetched, x.new) == (State.OK, subjects * X_POSTS, _from("x"))
    assert len(desk.x.requests) == subjects * X_PAGES
    assert len({post["id"] for page in RecordedX(START).pages for post in page["data"]}) == X_DIFFERENT
    assert x.matched == x.new + x.duplicates
    assert X_DIFFERENT < x.cost.reads < x.fetched, (
        "a post, or an author, is paid for once a day, however often it is found"
    )
    assert (reddit.state, reddit.fetched) == (State.OK, subjects * REDDIT_POSTS + REDDIT_COMMENTS)
    assert reddit.new == _from("reddit")
    assert reddit.cost.reads == len(desk.reddit.requests), "requests are what Reddit limits; the token is one"
    assert not desk.x.unmatched
    assert not desk.reddit.unmatched


def _from(source: str) -> int:
    return sum(number for (where, _), number in FOUND.items() if where == source)


def _counts_are_exact(mentions: Sequence[ScoredMention]) -> None:
    assert Counter((one.mention.source, one.mention.subject) for one in mentions) == FOUND
    assert len(mentions) == len({one.mention.id for one in mentions}) == MENTIONS == sum(FOUND.values())
    assert len({one.mention.item.key for one in mentions}) == ITEMS
    assert len({one.mention.story for one in mentions}) == STORIES
    assert "" not in {one.mention.story for one in mentions}
    assert sum(one.score.score is None for one in mentions) == NO_TONE
    assert sum(one.score.reach.basis is ReachBasis.UNKNOWN for one in mentions) == NO_REACH
    assert Counter(alignment.outcome for one in mentions for alignment in one.score.alignments) == OUTCOMES


def _hits_and_spans_are_where_they_are_said_to_be(one: ScoredMention) -> None:
    item = one.mention.item
    assert one.mention.matched, "it is said why it was kept"
    for hit in one.mention.matched:
        assert hit.start < hit.end
        if hit.field in {MatchField.TITLE, MatchField.TEXT}:
            said, term = fold(item.text[hit.start : hit.end]), fold(hit.term.strip('"'))
            assert said == term.rstrip("*") or said.split() == term.split() or said.replace("[.]", ".") == term
            assert (hit.end <= len(item.title)) is (hit.field is MatchField.TITLE)
    for span in one.score.tone.spans:
        assert item.text[span.start : span.end] == span.text != ""


def _quotes_are_verbatim(one: ScoredMention) -> None:
    assert [alignment.message for alignment in one.score.alignments] in (["search", "seminar"], [])
    for alignment in one.score.alignments:
        assert one.mention.item.text[alignment.start : alignment.end] == alignment.quote
        assert bool(alignment.quote) is (alignment.outcome is not Outcome.NONE)


def _the_score_recomputes(one: ScoredMention) -> None:
    score, reach = one.score, one.score.reach
    assert recompute(score.factors) == score.score, "to the same digits"
    assert (score.score is None) is (score.tone.tone is None) is (score.tone.label is None)
    assert score.score is None or -10 <= score.score <= 10
    unknown = reach.basis is ReachBasis.UNKNOWN
    assert ((reach.value, reach.low, reach.high) == (None, None, None)) is unknown, "never 0 for unknown"
    assert ("reach_unknown" in score.flags) is unknown


def _nothing_comes_twice(desk: Desk, before: Sequence[ScoredMention]) -> None:
    """Some time later: a third of the feeds answers 304 by ETag, a third by date, and a third sends the same bytes."""
    asked = len(desk.feeds.requests)
    reports = [report for source in SOURCES for report in desk.collect(source)]
    again = desk.feeds.requests[asked:]
    assert len(again) == FEEDS
    by_feed = {report.target.feed: report for report in reports if report.target.feed}
    assert {desk.names[feed] for feed, report in by_feed.items() if report.error} == NO_FEEDS.keys()
    assert {desk.names[feed]: report.fetched for feed, report in by_feed.items() if report.fetched} == BROKEN_OFF
    validators = Counter(
        name for request in again for name in ("if-none-match", "if-modified-since") if name in request.headers
    )
    assert validators.total() > FEEDS / 2
    assert {report.new for report in reports} == {0}
    # Reddit's last half hour is read again, because it shows some things late; X has nothing after its newest id.
    assert [report.fetched for report in reports if not report.target.feed] == [0, 19]
    assert desk.app.listening.score() == 0
    assert desk.mentions() == list(before)


def _each_mention_is_told_once_a_report(desk: Desk, mentions: Sequence[ScoredMention]) -> None:
    written = {digest.report: digest for digest in desk.app.telling.publish_due()}
    daily, weekly = written["daily"], written["weekly"]
    assert (len(daily.mentions), len(weekly.mentions)) == (TOLD, TOLD)
    assert daily.body["stories"][0]["quote"]["text"].startswith("The application deadline for")
    desk.clock.set(START + 2 * DAY)
    _nothing_comes_twice(desk, mentions)
    [quiet] = desk.app.telling.publish_due()
    assert (quiet.report, quiet.mentions) == ("daily", ())
    assert "a quiet day, nothing was said" in quiet.subject_line
    assert desk.app.telling.publish_due() == ()
    digests = [digest for digest, _ in desk.app.store.digests(100)]
    for report in ("daily", "weekly"):
        told = Counter(mention for digest in digests if digest.report == report for mention in digest.mentions)
        assert set(told.values()) == {1}, "none is told twice"
        told_since = (daily if report == "daily" else weekly).window.start - LATE_WITHIN
        assert told.keys() == {one.mention.id for one in mentions if one.mention.told_at >= told_since}, (
            "none is left out"
        )
    deliveries = desk.app.telling.deliver()
    assert Counter(delivery.state for delivery in deliveries) == {DeliveryState.SENT: 5}
    for digest in digests:
        _every_form_says_the_same(desk.folder / "digests", digest)


def _every_form_says_the_same(folder: Path, digest: Digest) -> None:
    stem = f"{digest.report}-{_last_day(digest.window)}"
    text, html, body = ((folder / f"{stem}.{kind}").read_text(encoding="utf-8") for kind in ("txt", "html", "json"))
    assert json.loads(body) == digest.body
    page = LexborHTMLParser(html)
    seen = " ".join(page.text().split())
    for headline in [story["headline"] for story in digest.body["stories"]]:
        assert " ".join(headline.split()) in seen
        assert " ".join(headline.split()) in " ".join(text.split())
    assert not page.css("script, iframe, object, embed, form, link")
    pictures = [picture.attributes["src"] or "" for picture in page.css("img")]
    assert all(source.startswith("data:image/png;base64,") for source in pictures), (
        "charts of our own, and nothing fetched"
    )
    for element in page.css("*"):
        assert not [name for name in element.attributes if name.startswith("on")]
    assert all(str(link.attributes.get("href")).startswith(("http://", "https://")) for link in page.css("a"))
    assert "javascript:" not in html.casefold()


def _last_day(window: Window) -> str:
    return (window.end - timedelta(microseconds=1)).date().isoformat()
