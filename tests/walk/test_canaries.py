"""A secret of its own in every setting that names one, the whole walk over them, and a search through all that came out."""

from __future__ import annotations

import io
import logging
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from bot.cli.logs import FORMATS
from bot.model.access import Role, Scope
from bot.options import Options
from bot.web.app import create_app
from bot.wiring import App
from bot.wiring.checking import Checking
from config.settings import load_settings
from config.tables import ConfigFile
from tests.support.database import empty_database
from tests.support.desk import Desk, Said, serve_stories
from tests.support.feedserver import FeedServer, Reply, Request
from tests.support.smtp import Mailbox, smtp_server
from tests.support.web import PASSWORD, browser_of, sign_in
from tests.support.webserver import PATIENCE, wait_for_address
from tests.web.test_route_table import TABLE

REFERENCE = re.compile(r"(\w+)_(?:env|file)")
NO_SECRETS = {("EmailOptions", "ca")}
"""Files that are named alike and are public: the certificates that a mail server is judged by."""
CANARIES = {
    ("RssOptions", "feeds"): "canary-feed-5a1f",
    ("RedditOptions", "client_id"): "canary-client-77c0",
    ("RedditOptions", "client_secret"): "canary-app-1d1e",
    ("RedditOptions", "feeds"): "canary-inbox-90aa",
    ("TwitterOptions", "bearer_token"): "canary-bearer-2b4d",
    ("ShopTable", "secret"): "canary-shop-cc31",
    ("ShopTable", "token"): "canary-till-f00d",
    ("WebTable", "secret"): "canary-links-8e8e",
    ("EmailOptions", "password"): "canary-mail-3c3c",
    ("AppriseOptions", "url"): "canary-chat-6b6b",
    ("DeadmanTable", "url"): "canary-pulse-a7a7",
    ("WebhookOptions", "secret"): "canaryhook" + "d4" * 11,
}
"""What is planted, by the model and the name of the setting; a new setting has to be planted here too."""
CONFIG = """
[heard]
public_url = "http://127.0.0.1:8080"
[[subject]]
id = "crumb"
name = "Velvet Crumb"
query = '"velvet crumb"'
[[offer]]
id = "truffle"
name = "Free truffle"
kind = "code-phrase"
code = "the moon is made of ganache"
[[source]]
id = "good"
connector = "rss"
feeds = ["{good}"]
[[source]]
id = "secret-feeds"
connector = "rss"
feeds_env = "FEEDS"
[[source]]
id = "app"
connector = "reddit"
mode = "oauth"
client_id_env = "CLIENT"
client_secret_env = "APP"
user_agent = "linux:org.example.heard:v1 (by /u/velvetcrumb)"
base_url = "{server}"
[[source]]
id = "inbox"
connector = "reddit"
mode = "feed"
feeds_env = "INBOX"
[[source]]
id = "x"
connector = "twitter"
bearer_token_env = "BEARER"
base_url = "{server}"
[source.budget]
usd_per_day = 5
[[shop]]
id = "till"
kind = "square"
secret_env = "SHOP"
token_env = "TILL"
[[channel]]
id = "mail"
kind = "email"
host = "127.0.0.1"
port = {smtp}
security = "none"
username = "heard"
password_env = "MAIL"
from = "heard@velvetcrumb.example"
to = ["pr@velvetcrumb.example"]
[[channel]]
id = "chat"
kind = "apprise"
url_env = "CHAT"
[[channel]]
id = "hook"
kind = "webhook"
url = "{server}/hook"
secret_env = ["HOOK"]
[[channel]]
id = "folder"
kind = "file"
folder = "digests"
[[digest]]
id = "pr"
audience = "pr"
at = "00:00"
channels = ["mail", "chat", "hook", "folder"]
[http]
allow_networks = ["127.0.0.0/8"]
connect_timeout = 1
[deadman]
url_env = "PULSE"
[web]
secret_env = ["LINKS"]
"""
COMMANDS = (
    ("check", "--show"),
    ("check", "--live", "--json"),
    ("-v", "collect"),
    ("status",),
    ("sources", "list", "--json"),
    ("mentions", "--json"),
    ("-v", "digest", "send", "pr"),
    ("digest", "list", "pr", "--json"),
    ("budget", "--json"),
    ("export", "feeds", "-o", "{folder}/feeds.opml"),
    ("export", "mentions", "-o", "{folder}/mentions.csv"),
    ("export", "workbook", "-o", "{folder}/book.xlsx"),
    ("offers", "list", "--json"),
    ("users", "log", "--json"),
    ("db", "backup", "{folder}/copy.db"),
)


def settings_that_name_secrets() -> set[tuple[str, str]]:
    """Every field of every table and of every plug-in's own table that says where a secret is."""
    for group in ("connectors", "notifiers", "engines"):
        for plugin in entry_points(group=f"heard.{group}"):
            if plugin.name != "onnx":  # its library is an extra
                plugin.load()
    found, models = set(), [Options, ConfigFile]
    while models:
        model = models.pop()
        models += model.__subclasses__()
        if model.__module__.startswith(("bot.", "config.", "connectors.")):
            names = (REFERENCE.fullmatch(field.alias or name) for name, field in model.model_fields.items())
            found |= {(model.__name__, name[1]) for name in names if name}
    return found - NO_SECRETS


SERVING = 2
"""Processes that serve, beside the one that starts them."""


class Talkative(FeedServer):
    """A far side that sends back whatever it was sent, but for the one feed that it has."""

    def answer(self, request: Request) -> Reply:
        reply = super().answer(request)
        if reply.status != 404:
            return reply
        said = f"{request.path} {dict(request.headers)} {request.body.decode('utf-8', 'replace')}"
        return Reply(401, {"Content-Type": "text/plain", "WWW-Authenticate": "Bearer"}, f"refused: {said}")


class Walk:
    """One desk with canaries in every setting, and everything that came out of it."""

    def __init__(self, folder: Path, server: FeedServer, mailbox: Mailbox) -> None:
        self.desk, self.heap, self.server, self.mailbox = Desk(folder), io.StringIO(), server, mailbox
        empty_database(folder)
        config = CONFIG.format(good=serve_stories(server), server=server.url(""), smtp=mailbox.port)
        self.desk.write(config)
        values = {
            "FEEDS": server.url(f"/{CANARIES['RssOptions', 'feeds']}/feed.xml"),
            "INBOX": f"https://www.reddit.com/message/inbox/.rss?feed={CANARIES['RedditOptions', 'feeds']}&user=crumb",
            "CHAT": f"json://{server.url('').removeprefix('http://')}/{CANARIES['AppriseOptions', 'url']}",
            "CLIENT": CANARIES["RedditOptions", "client_id"],
            "APP": CANARIES["RedditOptions", "client_secret"],
            "BEARER": CANARIES["TwitterOptions", "bearer_token"],
            "SHOP": CANARIES["ShopTable", "secret"],
            "TILL": CANARIES["ShopTable", "token"],
            "PULSE": server.url(f"/{CANARIES['DeadmanTable', 'url']}"),
            "LINKS": CANARIES["WebTable", "secret"],
            "MAIL": CANARIES["EmailOptions", "password"],
            "HOOK": f"whsec_{CANARIES['WebhookOptions', 'secret']}",
        }
        self.secrets = "".join(f"{name}={value}\n" for name, value in values.items())
        (folder / "secrets.env").write_text(self.secrets, encoding="utf-8")
        self.values = values

    def note(self, what: object) -> None:
        self.heap.write(f"{what}\n")

    def commands(self) -> list[Said]:
        said = [self.desk.heard(*(word.format(folder=self.desk.folder) for word in words)) for words in COMMANDS]
        for one in said:
            self.note(f"{one.out}\n{one.err}")
        return said


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    with Talkative() as server, smtp_server(login=True) as mailbox:
        yield Walk(tmp_path_factory.mktemp("canaries"), server, mailbox)


@pytest.fixture
def walk(made: Walk) -> Iterator[Walk]:
    """The desk, with all that anybody logs noted as Heard's log would have it."""
    handler = logging.StreamHandler(made.heap)
    handler.setFormatter(FORMATS["text"]())
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield made
    root.removeHandler(handler)
    root.setLevel(level)


def leaks(text: str) -> list[str]:
    """The canaries in it."""
    return [canary for canary in [*CANARIES.values(), PASSWORD] if canary in text]


def test_every_setting_that_names_a_secret_is_planted() -> None:
    assert settings_that_name_secrets() == set(CANARIES)


def test_no_secret_is_in_what_commands_print_log_and_write(walk: Walk) -> None:
    said = walk.commands()
    assert not any("Traceback" in one.err for one in said), [one.err for one in said if "Traceback" in one.err]
    asked = {
        canary for canary in CANARIES.values() for one in walk.server.requests if canary in f"{one.path}{one.headers}"
    }
    assert {CANARIES["RssOptions", "feeds"], CANARIES["TwitterOptions", "bearer_token"]} <= asked, "they were in use"
    assert walk.mailbox.logins, "the mail server was tried"
    assert all(line in walk.heap.getvalue() for line in ("poll source=good", "delivery digest=")), (
        "the log was looked at"
    )
    assert leaks(walk.heap.getvalue()) == []
    written = [path for path in walk.desk.folder.rglob("*") if path.is_file() and path.name != "secrets.env"]
    assert {path.suffix for path in written} >= {".db", ".csv", ".xlsx", ".opml", ".html", ".txt", ".json"}
    assert {path.name: found for path in written if (found := leaks(content(path)))} == {}


def content(path: Path) -> str:
    """What a file holds, packed or not."""
    if not zipfile.is_zipfile(path):
        return path.read_bytes().decode("latin-1")
    with zipfile.ZipFile(path) as archive:
        return "".join(archive.read(name).decode("latin-1") for name in archive.namelist())


def test_no_secret_is_in_pages_problems_metrics_or_the_log_of_a_bug(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in walk.values.items():
        monkeypatch.setenv(name, value)
    app = App(load_settings(walk.desk.config))
    app.prepare()
    assert all(ok for _, ok, _ in Checking(app, live=False).findings())  # reads every secret
    app.access.add_account("boss", Role.ADMIN, PASSWORD, actor="test")
    key = app.access.create_key([Scope.ADMIN], actor="test")[1]
    web = create_app(app)

    @web.get("/bug")
    def bug() -> None:
        raise RuntimeError(f"of all things: {walk.values} {key}")

    app.__dict__["web"] = web
    client = browser_of(app, raise_server_exceptions=False)
    sign_in(client, "boss", "wrong password, that of nobody")
    assert sign_in(client, "boss").status_code == 303
    token = client.cookies["heard"]
    answers = [client.get(path.replace("{", "").replace("}", "")) for method, path in TABLE if method == "GET"]
    answers += [
        client.get(path, headers={"authorization": f"Bearer {key}"})
        for path in ("/metrics", "/api/v1/status", "/api/v1/nothing")
    ]
    answers += [client.post("/webhooks/square", content=b"{}"), client.get("/bug"), client.get("/../secrets.env")]
    walk.note("".join(f"{answer.headers} {answer.text}" for answer in answers if "/sign-in" not in answer.text))
    walk.note([app.settings, app.settings.raw, app.connectors, dict(app.channels), app.shops, app.access])
    walk.note([vars(one) for one in (app.settings.http, app.settings.web)])
    assert "incident" in answers[-2].text
    heap, database = walk.heap.getvalue(), content(walk.desk.folder / "heard.db")
    app.close()
    assert "of all things" in heap, "the log has the whole story"
    assert leaks(heap) == []
    assert [
        secret for secret in (token, key, key.rsplit("_")[-1]) if secret in heap.replace(f"heard={token}", "")
    ] == []
    assert [secret for secret in (*CANARIES.values(), PASSWORD, token, key.rsplit("_")[-1]) if secret in database] == []


def test_a_crash_is_told_without_the_secrets_in_it(
    walk: Walk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    walk.desk.heard("check")
    error = RuntimeError(f"{walk.values} https://user:of-the-url@example.org/ Authorization: Bearer made-up-4711")
    sys.excepthook(RuntimeError, error, None)
    told = capsys.readouterr().err
    assert "RuntimeError" in told
    assert leaks(told) == []
    assert "of-the-url" not in told
    assert "made-up-4711" not in told


@pytest.mark.full
def test_the_process_list_shows_no_secret_also_of_processes_that_serve(walk: Walk) -> None:
    process = walk.desk.start(
        "--config", str(walk.desk.config), "web", "--workers", str(SERVING), stdout=subprocess.DEVNULL
    )
    try:
        wait_for_address(process)
        end = time.monotonic() + PATIENCE
        while len(family := [process.pid, *children(process.pid)]) <= SERVING and time.monotonic() < end:
            time.sleep(0.05)  # the address is told before the processes that serve are started
        assert len(family) > SERVING
        shown = [Path(f"/proc/{one}/cmdline").read_bytes().decode() for one in family]
    finally:
        process.terminate()
        process.wait(timeout=30)
    assert all(shown)
    assert leaks("".join(shown)) == []


def children(pid: int) -> list[int]:
    """The processes that this one started."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
