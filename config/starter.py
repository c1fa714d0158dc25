"""The text of a first configuration file, from a few answers. Pure: no file is touched here."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass

_HOST = re.compile(r"[\w-]+(\.[\w-]+)*")


@dataclass(frozen=True, slots=True)
class Answers:
    """What ``heard init`` asks for; blank means: not yet."""

    brand: str
    query: str
    handle: str = ""
    domain: str = ""
    timezone: str = "UTC"
    feeds: tuple[str, ...] = ()
    message: str = ""
    phrase: str = ""
    mail_to: str = ""
    mail_host: str = ""
    reddit: bool = False
    x: bool = False


def one_line(text: str) -> str:
    """The text on one line, without control characters. Raises ValueError when nothing is left."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    if not line:
        raise ValueError("write something that can be read")
    return line


def handle(text: str) -> str:
    """A handle without its @. Raises ValueError."""
    name = text.removeprefix("@")
    if not re.fullmatch(r"\w{1,30}", name, re.ASCII):
        raise ValueError("a handle is made of letters, digits and _")
    return name


def domain(text: str) -> str:
    """The bare domain of whatever address was given. Raises ValueError."""
    found = re.sub(r"^[a-z]+://", "", text.lower()).partition("/")[0].partition(":")[0].removeprefix("www.")
    if "." not in found or not _HOST.fullmatch(found):
        raise ValueError("write it like example.org")
    return found


def host(text: str) -> str:
    """A host's name. Raises ValueError."""
    if not _HOST.fullmatch(text):
        raise ValueError("write a server's name, like smtp.example.org")
    return text


def address(text: str) -> str:
    """A feed's address. Raises ValueError."""
    if not re.fullmatch(r"https?://[^\s/?#@]+\S*", text):
        raise ValueError("write the whole address; it begins with https:// or http://")
    return text


def mail_address(text: str) -> str:
    """One e-mail address. Raises ValueError."""
    if not re.fullmatch(r"[^\s<>@,;:\"\\()\[\]]+@[\w-]+(\.[\w-]+)*", text):
        raise ValueError("write an address like who@example.org")
    return text


def first_query(brand: str, handle: str, domain: str) -> str:
    """A query to begin with: the name as a phrase, or one's handle, or one's address."""
    name = " ".join(brand.replace('"', " ").split())
    parts = [f'"{name}"' if any(map(str.isalnum, name)) else "", f"@{handle}" if handle else "", domain]
    return " OR ".join(filter(None, parts))


def starter_text(answers: Answers) -> str:
    """The configuration file. What was left blank stands there as a comment to fill in."""
    mail = bool(answers.mail_to and answers.mail_host)
    channel = "mail" if mail else "folder"
    parts = [
        _HEAD.format(zone=_quoted(answers.timezone)),
        _subject(answers),
        _feeds(answers.feeds),
        _commented(_HACKERNEWS, "Hacker News: costs nothing, needs no account"),
        _commented(_BLUESKY, "Bluesky: costs nothing, needs no account; every public post is looked through here"),
        _REDDIT
        if answers.reddit
        else _commented(_REDDIT, "Reddit: needs approved API access (see docs/configuration.md)"),
        _X if answers.x else _commented(_X, "X: every post read costs money; set the budget before you switch it on"),
        _MESSAGE.format(statement=_quoted(answers.message))
        if answers.message
        else _commented(
            _MESSAGE.format(statement='"What you want people to say about you."'), "A message that you want to get out"
        ),
        _OFFER.format(code=_quoted(answers.phrase))
        if answers.phrase
        else _commented(_OFFER.format(code='"the moon is made of ganache"'), "A code phrase that earns something free"),
        _MAIL.format(to=_quoted(answers.mail_to), host=_quoted(answers.mail_host)) if mail else _FILE,
        _DIGESTS.format(channel=channel),
        _ALERTS.format(channel=channel),
        _commented(_OBJECTIVE, "What it is for: heard impact holds it against the figures"),
    ]
    return "\n".join(parts)


def secrets_text(answers: Answers) -> str:
    """The private file beside it: one NAME=value a line."""
    wanted = [
        ("X_BEARER_TOKEN", answers.x),
        ("REDDIT_CLIENT_ID", answers.reddit),
        ("REDDIT_CLIENT_SECRET", answers.reddit),
        ("SMTP_PASSWORD", bool(answers.mail_host)),
    ]
    lines = [f"{'' if needed else '# '}{name}=" for name, needed in wanted]
    return (
        "# Secrets that heard.toml refers to, one NAME=value a line. Keep this file private.\n"
        + "\n".join(lines)
        + "\n"
    )


def _subject(answers: Answers) -> str:
    plain = unicodedata.normalize("NFKD", answers.brand).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "brand"
    handles = f"[{_quoted(answers.handle.lstrip('@'))}]" if answers.handle else "[]"
    domains = f"[{_quoted(answers.domain)}]" if answers.domain else "[]"
    return _SUBJECT.format(
        id=_quoted(slug), name=_quoted(answers.brand), query=_quoted(answers.query), handles=handles, domains=domains
    )


def _feeds(feeds: tuple[str, ...]) -> str:
    if not feeds:
        return _commented(
            _FEEDS.format(feeds='  "https://example.org/feed.xml",'), "Blogs, news feeds, Google Alerts as RSS"
        )
    return _FEEDS.format(feeds="\n".join(f"  {_quoted(feed)}," for feed in feeds))


def _quoted(text: str) -> str:
    """A TOML basic string: JSON's escapes are a subset of TOML's, which wants one more character escaped."""
    return json.dumps(text.encode("utf-8", "replace").decode(), ensure_ascii=False).replace("\x7f", "\\u007f")


def _commented(text: str, why: str) -> str:
    lines = [f"# {line}".rstrip() for line in text.strip().splitlines()]
    return f"# {why}:\n" + "\n".join(lines) + "\n"


_HEAD = """\
# Heard: what to listen to, what you want to be heard, whom to tell. Check it with: heard check
# Secrets never stand here: they are named by ..._env or ..._file and kept in secrets.env beside this file.

[heard]
timezone = {zone}
database = "sqlite:///heard.db"
"""

_SUBJECT = """\
# Your brand. A competitor is one more [[subject]] with own = false.
[[subject]]
id = {id}
name = {name}
query = {query}
handles = {handles}   # your own accounts: what they say is not earned coverage
domains = {domains}
"""

_FEEDS = """\
[[source]]
id = "blogs"
connector = "rss"
every = "1h"
feeds = [
{feeds}
]
"""

_HACKERNEWS = """\
[[source]]
id = "hn"
connector = "hackernews"
every = "30m"
"""

_BLUESKY = """\
[[source]]
id = "bluesky"
connector = "bluesky"
every = "5m"
"""

_REDDIT = """\
[[source]]
id = "reddit"
connector = "reddit"
mode = "oauth"
every = "30m"
client_id_env = "REDDIT_CLIENT_ID"
client_secret_env = "REDDIT_CLIENT_SECRET"
user_agent = "linux:org.example.heard:v0.1 (by /u/YOUR_NAME)"
subreddits = ["all"]
"""

_X = """\
[[source]]
id = "x"
connector = "twitter"
every = "1h"
bearer_token_env = "X_BEARER_TOKEN"
[source.budget]
usd_per_month = 20.0
"""

_MESSAGE = """\
[[message]]
id = "message-1"
statement = {statement}
variants = []   # other ways to say the same
counter = []    # what contradicts it
"""

_OFFER = """\
[[offer]]
id = "free-offer"
name = "Free offer"
kind = "code-phrase"
code = {code}
"""

_MAIL = """\
[[channel]]
id = "mail"
kind = "email"
host = {host}
security = "starttls"
from = {to}
to = [{to}]
# username = "…"
# password_env = "SMTP_PASSWORD"
"""

_FILE = """\
[[channel]]
id = "folder"
kind = "file"
folder = "digests"
"""

_ALERTS = """\
[[alert]]
id = "loud"
kind = "spike"          # or "silence", "negative-surge", "contrary-message", "code-leak"
at_most = "2/week"      # by its own history; heard alerts test shows when it would have fired
channels = ["{channel}"]
"""

_OBJECTIVE = """\
[[objective]]
id = "talked-about"
statement = "Two stories a day tell of us"
owner = "Press"
measure = { metric = "stories", period = "28d" }
target = 2
review_every = "28d"
"""

_DIGESTS = """\
[[digest]]
id = "pr-daily"
audience = "pr"
period = "day"
at = "07:30"
channels = ["{channel}"]

[[digest]]
id = "community-daily"
audience = "community"
period = "day"
at = "07:30"
channels = ["{channel}"]
"""
