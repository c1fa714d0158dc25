"""Labelled mentions of brands whose names are ordinary words, for measuring; read where they lie, never copied.

Three sets. ``sanders``: posts on four brands, of which people called about a third irrelevant (most are in another
language, some only name the brand among others). ``apple``: the fruit in posts on food, tea and coffee beside the firm
in posts of a fair. ``slack``: a Google Alert. What was judged by hand stands in ``relevance_keys.json``: keys only.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from bot.engines.language import identifier
from bot.http import HttpLimits
from bot.listen.matching import Matcher, mentions_of
from bot.listen.query import parse_query
from bot.listen.relevance.judge import Judge
from bot.listen.relevance.training import fit
from bot.model import Context, Item, ItemKind, Mention, RelevanceModel, Subject
from bot.rates import Accuracy, accuracy
from tests.support.feeddesk import FeedDesk
from tests.support.feedserver import Reply
from tests.support.shared import shared_path

NOW = datetime(2026, 3, 1, tzinfo=UTC)
Case = tuple[Mention, bool]

JUDGED = json.loads(Path(__file__).with_name("relevance_keys.json").read_text(encoding="utf-8"))

# The four brands' were written from the development half. The fruit's and Slack's are common sense, but their authors
# had seen what stands in the sets when they judged them by hand.
_FOREIGN = " OR ".join(
    f"lang:{code}"
    for code in [
        "es",
        "pt",
        "fr",
        "de",
        "it",
        "nl",
        "ru",
        "ja",
        "id",
        "tr",
        "ar",
        "ko",
        "zh",
        "sv",
        "pl",
        "da",
        "fi",
        "cs",
    ]
)
CONTEXTS: Mapping[str, Context] = {
    **{brand: Context(none=(f"{brand} ({_FOREIGN})",)) for brand in ("apple", "google", "microsoft", "twitter")},
    "fruit": Context(
        any=(
            *(
                "iphone*",
                "ipad*",
                "ipod*",
                "mac",
                "macbook*",
                "imac",
                "ios*",
                "itunes",
                "icloud",
                "siri",
                "sxsw",
                "jobs",
            ),
            *(
                "store",
                "app",
                "apps",
                "laptop",
                "computer*",
                "google",
                "android",
                "microsoft",
                "passbook",
                '"apple pay"',
            ),
        ),
        none=(
            *(
                "pie*",
                "tart*",
                "cider",
                "juice",
                "cinnamon",
                "caramel",
                "crumble",
                "cake*",
                "recipe*",
                "tree*",
                "fruit*",
            ),
            *("delicious", "bake*", "sauce", '"bad apple"', '"big apple"', "pineapple*"),
        ),
        within=20,
    ),
    "slack": Context(
        any=(
            *("software", "app", "messaging", "workplace", "collaboration", "chat", "channel*", "workspace*", "teams"),
            *('"slack technologies"', "NYSE", "NASDAQ", "stock", "shares", "IPO", "startup", "microsoft", "CEO"),
        ),
        none=("wax", "adjuster*", "rope", '"cut * slack"', '"slack off"', '"slack jawed"', '"labour market slack"'),
        within=30,
    ),
}


def side(case: Case) -> str:
    """``dev`` or ``test``, by a hash of the story, so that copies lie on one side."""
    return "dev" if hashlib.sha256(case[0].story.encode()).hexdigest()[0] < "8" else "test"


@cache
def sanders(brand: str) -> tuple[Case, ...]:
    """Posts on one of the four brands, with what people said of them."""
    rows = _rows("sanders_apple_google_microsoft_twitter_2011.csv")
    mine = (row for row in rows if row["Topic"] == brand and row["Sentiment"])
    return tuple(_cases(brand, ((row["TweetText"], row["Sentiment"] != "irrelevant") for row in mine)))


@cache
def fruit() -> tuple[Case, ...]:
    """The word "apple" in posts on food and drink, of Nintendo and of airlines, and in posts of a technology fair."""
    found: list[tuple[str, bool]] = []
    for name in ("reddit_food", "reddit_baking", "reddit_tea", "reddit_coffee", "reddit_nintendo"):
        found += [(f"{row['title']}\n{row['selftext'] or ''}", False) for row in _rows(f"{name}_top_2013.csv")]
    for name in ("tea_tweets_2013", "coffee_tweets_2013", "starbucks_timeline_replies_2022", "airline_tweets_2015"):
        found += [(row["text"], key(row["text"]) in JUDGED["apple, the firm"]) for row in _rows(f"{name}.csv")]
    firm = ("Apple", "iPad", "iPhone", "iPad or iPhone App", "Other Apple product or service")
    fair = _rows("sxsw_brand_product_tweets_2013.csv")
    found += [(row["tweet_text"], True) for row in fair if row["emotion_in_tweet_is_directed_at"] in firm]
    return tuple(_cases("apple", found))


@cache
def slack() -> tuple[Case, ...]:
    """The entries of a Google Alert, as the connector reads them, judged by hand."""
    path = shared_path("corpus/feeds/feedjira/google_alerts_atom.xml")
    with FeedDesk(HttpLimits(allow_networks=("127.0.0.0/8",))) as desk:
        reply = Reply(headers={"Content-Type": "application/atom+xml"}, body=path.read_bytes())
        items = desk.items(desk.server.add("/alert", reply))
    matcher = Matcher([parse_query("slack", "slack")])
    found = [mention for item in items for mention in mentions_of(matcher, item, "alert", NOW)]
    assert {key(mention.item.title) for mention in found} <= {*JUDGED["slack, the firm"], *JUDGED["slack, the word"]}
    return tuple((mention, key(mention.item.title) in JUDGED["slack, the firm"]) for mention in found)


def key(text: str) -> str:
    """A text's name in the file of keys."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def measure(cases: Sequence[Case], context: Context | None = None, model: RelevanceModel | None = None) -> Accuracy:
    """What the judge makes of the cases, with this context and this classifier."""
    subject = cases[0][0].subject
    judge = Judge(
        [Subject(subject, subject, subject, context=context)],
        [parse_query(subject, subject)],
        (),
        () if model is None else (model,),
        identify=identify,
    )
    return accuracy((judge.judged(mention).relevant, truth) for mention, truth in cases)


def fitted(cases: Sequence[Case], labels: int, seed: int) -> RelevanceModel:
    """A classifier of so many labels, drawn at random from the cases."""
    order = sorted(cases, key=lambda case: hashlib.sha256(f"{seed} {case[0].id}".encode()).digest())
    return fit(cases[0][0].subject, order[:labels], NOW, identify=identify)


@cache
def identify(text: str) -> str | None:
    """The text's language, as X's own ``lang`` would say it."""
    return _identify()(text)


@cache
def _identify() -> Callable[[str], str | None]:
    return identifier().identify


def _cases(subject: str, texts: Iterator[tuple[str, bool]] | Sequence[tuple[str, bool]]) -> Iterator[Case]:
    matcher = Matcher([parse_query(subject, subject)])
    for number, (text, truth) in enumerate(texts):
        item = Item(f"x:{number}", ItemKind.POST, None, "", text, NOW, "x.com")
        for mention in mentions_of(matcher, item, "posts", NOW):
            yield replace(mention, story=_story(text)), truth


def _story(text: str) -> str:
    """The words of a post without links, handles and the sign of a repost: copies have the same."""
    return " ".join(re.sub(r"https?://\S+|@\w+|\bRT\b|\W+", " ", text).lower().split())[:80]


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (shared_path("corpus/mentions") / name).open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)
