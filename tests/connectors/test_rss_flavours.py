"""Feeds of well-known platforms: Google Alerts and News, YouTube channels, Mastodon tags; made up, then recorded."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from bot.clock import ManualClock
from bot.errors import ConfigError
from bot.http import Http
from bot.model import Author, Item, ItemKind
from bot.ports import Deps
from connectors.rss import connect
from connectors.rss.items import items_of
from connectors.rss.links import web_link
from connectors.rss.parse import parse
from tests.support.feeddesk import START, no_secret
from tests.support.feedserver import entry, rss
from tests.support.shared import shared_path


def items(body: str | bytes, feed: str = "https://feed.example/") -> tuple[Item, ...]:
    raw = body.encode() if isinstance(body, str) else body
    return items_of(parse(raw, {"content-type": "application/xml"}, feed, feed), feed, START, 1000)


ALERT = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Google Alert - velvet crumb</title>
<entry><id>tag:google.com,2013:googlealerts/feed:1</id>
<title type="html">&lt;b&gt;Velvet Crumb&lt;/b&gt; opens &amp;amp; smiles at Ann&amp;#39;s ...</title>
<link href="https://www.google.com/url?rct=j&amp;sa=t&amp;url=https://www.harbourpost.example/a%3Fid%3D7&amp;ct=ga&amp;usg=x"></link>
<published>2026-03-01T10:00:00Z</published><updated>2026-03-01T10:00:00Z</updated>
<content type="html">The shop &lt;b&gt;Velvet Crumb&lt;/b&gt; opens on Monday&amp;nbsp;...</content><author><name></name></author></entry></feed>"""


def test_a_google_alert_is_told_with_the_real_page_outlet_and_plain_words() -> None:
    (item,) = items(ALERT)
    assert item.url == "https://www.harbourpost.example/a?id=7"
    assert item.outlet == "harbourpost.example"
    assert item.title == "Velvet Crumb opens & smiles at Ann's ..."
    assert item.body == "The shop Velvet Crumb opens on Monday ..."
    assert item.author == Author()


@pytest.mark.parametrize(
    ("wrapped", "link"),
    [
        ("https://www.google.co.uk/url?q=https://a.example/", "https://a.example/"),
        ("https://www.google.com/url?url=https://www.google.com/url?url%3Dhttps://a.example/", "https://a.example/"),
        ("https://www.google.com/url?url=https://a.example/%0d%0aX:%20y", "https://a.example/X:y"),
        ("https://www.google.com/url?url=javascript:alert(1)", None),
        ("https://www.google.com/url?url=https://", None),
        ("https://www.google.com/url?url=https://[bad", None),
        ("https://www.google.com/url?" + "url=https://www.google.com/url?" * 60, "https://www.google.com/url?"),
    ],
)
def test_what_is_wrapped_is_a_web_address_or_the_wrapping_stays(wrapped: str, link: str | None) -> None:
    found = web_link("", wrapped)
    assert found == (link or wrapped)
    assert found is not None
    assert found.isprintable()


NEWS = "https://news.google.com/rss/articles/CBMiabc?oc=5"
LISTED = (
    f'<ol><li><a href="{NEWS}">Velvet Crumb opens</a>&nbsp;<font color="#6f6f6f">Harbour Post</font></li>'
    '<li><a href="https://news.google.com/rss/articles/CBMiother">Cocoa Lantern closes</a> <font>The Other</font></li></ol>'
)


def news(title: str, source: str = '<source url="https://www.harbourpost.example">Harbour Post</source>') -> Item:
    (item,) = items(rss(entry(title, guid="CBMiabc", link=NEWS, text=LISTED, extra=source)))
    return item


def test_of_google_news_the_headline_counts_and_the_publisher_is_the_outlet() -> None:
    item = news("Velvet Crumb opens - Harbour Post")
    assert (item.title, item.text) == ("Velvet Crumb opens", "Velvet Crumb opens")
    assert (item.outlet, item.url, item.links) == ("harbourpost.example", NEWS, ())
    assert item.kind is ItemKind.ARTICLE


@pytest.mark.parametrize(
    ("title", "source", "expected"),
    [
        ("A - B - Harbour Post", None, "A - B"),
        ("Velvet Crumb - Harbour", None, "Velvet Crumb - Harbour"),
        ("Velvet Crumb - Harbour Post", "", "Velvet Crumb - Harbour Post"),
        ("One - A &amp; B", '<source url="https://ab.example">A &amp;amp; B</source>', "One"),
        ("One - A & B", '<source url="https://ab.example">A &amp; B</source>', "One"),
        (" - Harbour Post", None, "- Harbour Post"),
    ],
)
def test_only_the_publishers_own_name_is_taken_off_a_headline(title: str, source: str | None, expected: str) -> None:
    item = news(title) if source is None else news(title, source)
    assert item.title == expected


def test_an_aggregators_name_is_no_reason_to_cut_other_feeds() -> None:
    extra = '<source url="https://www.harbourpost.example">Harbour Post</source>'
    (item,) = items(rss(entry("Opens - Harbour Post", link="https://blog.example/1", text="Words.", extra=extra)))
    assert (item.title, item.body, item.outlet) == ("Opens - Harbour Post", "Words.", "blog.example")


VIDEOS = """<feed xmlns:yt="http://www.youtube.com/xml/schemas/2015" xmlns:media="http://search.yahoo.com/mrss/"
 xmlns="http://www.w3.org/2005/Atom"><title>Crumb TV</title><entry><id>yt:video:abc</id><yt:videoId>abc</yt:videoId>
<title>Rolling truffles</title><link rel="alternate" href="https://www.youtube.com/watch?v=abc"/>
<author><name>Crumb TV</name><uri>https://www.youtube.com/channel/UC1</uri></author>
<published>2026-03-01T10:00:00+00:00</published><updated>2026-03-02T10:00:00+00:00</updated>
<media:group><media:title>Rolling truffles</media:title><media:description>By hand.
Every morning.</media:description><media:community><media:starRating count="12" average="5.00" min="1" max="5"/>
<media:statistics views="3400"/></media:community></media:group></entry></feed>"""


def test_a_video_has_its_channel_description_views_and_ratings() -> None:
    (item,) = items(VIDEOS)
    assert item.text == "Rolling truffles\nBy hand.\nEvery morning."
    assert item.author == Author(name="Crumb TV", url="https://www.youtube.com/channel/UC1")
    assert item.metrics == {"views": 3400.0, "ratings": 12.0}
    assert item.outlet == "youtube.com"


def test_views_that_are_not_given_are_unknown_and_not_nought() -> None:
    body = VIDEOS.replace('<media:statistics views="3400"/>', "").replace('count="12"', 'count=""')
    assert items(body)[0].metrics == {}


TAG = (
    '<a href="https://social.example/tags/VelvetCrumb" class="mention hashtag" rel="tag">#<span>VelvetCrumb</span></a>'
)


@pytest.mark.parametrize(
    ("link", "handle", "profile"),
    [
        ("https://social.example/@ann/113000000000000001", "ann@social.example", "https://social.example/@ann"),
        (
            "https://social.example/@ann.b_c@Else.example/113000001",
            "ann.b_c@else.example",
            "https://else.example/@ann.b_c",
        ),
        ("https://social.example/users/ann/statuses/113000000000", "ann@social.example", "https://social.example/@ann"),
    ],
)
def test_a_post_of_a_tag_feed_has_no_title_and_its_author_in_the_link(link: str, handle: str, profile: str) -> None:
    text = f"<p>So good! {TAG}</p><p>Go there.</p>"
    (item,) = items(rss(entry(guid=link, link=link, date="Sun, 01 Mar 2026 10:00:00 +0000", text=text)))
    assert (item.title, item.text) == ("", "So good! #VelvetCrumb\nGo there.")
    assert item.kind is ItemKind.POST
    assert item.author == Author(handle=handle, url=profile)
    assert item.voice == f"rss\x1f{handle}"


@pytest.mark.parametrize(
    "link",
    [
        "https://blog.example/2026/03/1",
        "https://medium.example/@ann/a-story-1a2b3c",
        "https://video.example/@ann",
        "https://social.example/@-/113000000000000001",
        "https://social.example/tags/113000000000000001",
    ],
)
def test_other_entries_without_a_title_are_articles(link: str) -> None:
    (item,) = items(rss(entry(guid=link, link=link, text="Words.")))
    assert (item.kind, item.author) == (ItemKind.ARTICLE, Author())


def labels(options: dict[str, object]) -> list[str]:
    with Http() as http:
        return list(connect("free", options, Deps(http.session, ManualClock(START), no_secret)))


def test_a_search_in_google_news_is_an_address_of_its_own() -> None:
    (address,) = labels({"google_news": ['"velvet crumb" OR #crumb']})
    parts = urlsplit(address)
    assert (parts.netloc, parts.path) == ("news.google.com", "/rss/search")
    assert parse_qs(parts.query) == {
        "q": ['"velvet crumb" OR #crumb when:7d'],
        "hl": ["en-US"],
        "gl": ["US"],
        "ceid": ["US:en"],
    }


def test_the_edition_and_the_span_of_a_search_can_be_chosen() -> None:
    (address,) = labels({"google_news": ["crumb when:1d"], "google_news_edition": "DE:de"})
    query = parse_qs(urlsplit(address).query)
    assert (query["q"], query["hl"], query["gl"], query["ceid"]) == (["crumb when:1d"], ["de"], ["DE"], ["DE:de"])


def test_a_youtube_channel_is_named_by_its_id() -> None:
    channel = "UC0123456789_-abcdefghij"
    assert labels({"youtube": [channel]}) == [f"https://www.youtube.com/feeds/videos.xml?channel_id={channel}"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"youtube": ["@velvetcrumb"]}, "heard sources discover"),
        ({"youtube": ["UC0123456789_-abcdefghij&x=1"]}, "channel's id"),
        ({"google_news": [" "]}, "what to search for"),
        ({"google_news": ["x"], "google_news_edition": "en-US"}, "'US:en'"),
    ],
)
def test_what_cannot_be_a_channel_or_a_search_is_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        labels(options)


def recorded(name: str) -> tuple[Item, ...]:
    return items(shared_path(f"corpus/feeds/{name}").read_bytes())


def test_the_recorded_google_alert_leads_to_the_publishers() -> None:
    found = recorded("feedjira/google_alerts_atom.xml")
    assert len(found) > 10
    for item in found:
        assert item.url is not None
        assert "google." not in item.outlet
        assert "<" not in item.text
        assert "&" not in item.title.replace(" & ", "")
        assert item.outlet == (urlsplit(item.url).hostname or "").removeprefix("www.")


def test_the_recorded_google_news_names_publishers_and_no_other_articles() -> None:
    found = recorded("feed-extractor/rss-feed-standard-realworld.xml")
    assert len(found) > 20
    assert not any(item.outlet == "news.google.com" for item in found)
    assert all(item.text == item.title and item.links == () for item in found)
    assert (found[0].outlet, found[0].title.endswith(" - CNN")) == ("cnn.com", False)


@pytest.mark.parametrize("name", ["feedjira/youtube_atom.xml", "codehollow/AtomYoutubeInvestmentPunk.xml"])
def test_recorded_channels_have_views_ratings_names_and_descriptions(name: str) -> None:
    found = recorded(name)
    assert len(found) >= 15
    for item in found:
        assert item.metrics["views"] > 0
        assert item.metrics["ratings"] > 0
        assert (item.outlet, item.author.name is None) == ("youtube.com", False)
    assert sum(bool(item.body) for item in found) >= 14
