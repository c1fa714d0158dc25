"""Who may do what at every address: a route that nobody decided about fails here, and so does one that lets others in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from bot.model.access import Role, Scope
from bot.web.app import create_app
from bot.web.headers import HEADERS
from bot.wiring import App
from tests.support.web import HOME, PASSWORD, heard_app

Route = tuple[str, str]

PEOPLE, TILL = frozenset(map(str, Role)), "till"
READERS, REDEEMERS = PEOPLE, frozenset({"community", "admin", TILL})
TENDERS = frozenset({"community", "admin"})
LABELLERS = frozenset({"pr", "admin"})
KEYS = frozenset(f"key:{scope}" for scope in Scope)
READING, REDEEMING = frozenset({"key:read", "key:admin"}), frozenset({"key:redeem", "key:admin"})
ANYBODY = frozenset({"nobody", *PEOPLE, TILL, *KEYS})

TABLE: Mapping[Route, frozenset[str]] = {
    # Whoever comes: they tell nothing, or ask for proof themselves (a password, a key link, a signature).
    ("GET", "/healthz"): ANYBODY,
    ("GET", "/healthz/live"): ANYBODY,
    ("GET", "/healthz/ready"): ANYBODY,
    ("GET", "/api/v1/openapi.json"): ANYBODY,
    ("GET", "/api/v1/docs"): ANYBODY,
    ("GET", "/sign-in"): ANYBODY,
    ("POST", "/sign-in"): ANYBODY,
    ("POST", "/sign-out"): ANYBODY,
    ("GET", "/till/enter"): ANYBODY,
    ("POST", "/till/enter"): ANYBODY,
    ("GET", "/feeds/{token}.xml"): ANYBODY,
    ("POST", "/webhooks/shopify"): ANYBODY,
    ("POST", "/webhooks/woocommerce"): ANYBODY,
    ("POST", "/webhooks/square"): ANYBODY,
    # The link is the right to it: signed, of one reader, for one answer.
    ("GET", "/f/{token}"): ANYBODY,
    ("POST", "/f/{token}"): ANYBODY,
    # People, and phones at the till, with a session.
    ("GET", "/"): PEOPLE | {TILL},
    ("GET", "/account"): PEOPLE,
    ("POST", "/account/password"): PEOPLE,
    ("POST", "/account/sign-out-everywhere"): PEOPLE,
    ("GET", "/till"): REDEEMERS,
    ("POST", "/till"): REDEEMERS,
    ("POST", "/till/give-back"): REDEEMERS,
    ("POST", "/till/place"): REDEEMERS,
    ("GET", "/alerts"): READERS,
    ("GET", "/impact"): READERS,
    ("GET", "/impact/{objective}"): READERS,
    ("GET", "/impact/{objective}/trend.svg"): READERS,
    ("GET", "/digests"): READERS,
    ("GET", "/digests/{digest}"): READERS,
    ("GET", "/digests/{digest}/charts/{name}.svg"): READERS,
    ("GET", "/mentions"): READERS,
    ("GET", "/mentions/{mention}"): READERS,
    ("POST", "/mentions/{mention}/label"): LABELLERS,
    ("GET", "/exports"): READERS,
    ("POST", "/exports"): READERS,
    ("GET", "/exports/digests/{digest}.pdf"): READERS,
    ("GET", "/desk"): READERS,
    ("GET", "/desk/offers/{offer}"): READERS,
    ("GET", "/desk/offers/{offer}/curve.svg"): READERS,
    ("GET", "/desk/offers/{offer}/events.csv"): TENDERS,
    ("GET", "/desk/offers/{offer}/days.csv"): TENDERS,
    ("GET", "/desk/offers/{offer}/codes.csv"): TENDERS,
    ("POST", "/desk/offers/{offer}/issue"): TENDERS,
    ("POST", "/desk/offers/{offer}/switch"): TENDERS,
    # Programs, with a key.
    ("GET", "/metrics"): READING,
    ("GET", "/api/v1/offers"): READING,
    ("GET", "/api/v1/offers/{offer}"): READING,
    ("GET", "/api/v1/offers/{offer}/events"): READING,
    ("GET", "/api/v1/redemptions/{redemption}"): READING,
    ("GET", "/api/v1/mentions"): READING,
    ("GET", "/api/v1/messages"): READING,
    ("GET", "/api/v1/impact"): READING,
    ("GET", "/api/v1/digests"): READING,
    ("GET", "/api/v1/status"): READING,
    ("POST", "/api/v1/redemptions"): REDEEMING,
    ("POST", "/api/v1/redemptions/{redemption}/rollback"): REDEEMING,
    ("POST", "/api/v1/reservations"): REDEEMING,
    ("POST", "/api/v1/reservations/{reservation}/redeem"): REDEEMING,
    ("DELETE", "/api/v1/reservations/{reservation}"): REDEEMING,
}
FORMS = sorted(path for method, path in TABLE if method == "POST" and not path.startswith(("/api/", "/webhooks/")))


class Crowd:
    """Everybody who may come: a fresh session or key for each request, because some requests end one."""

    def __init__(self, heard: App, client: TestClient) -> None:
        self.heard, self.client = heard, client
        for role in Role:
            heard.access.add_account(str(role), role, PASSWORD, actor="test")
        self.link = heard.access.create_key({Scope.REDEEM}, actor="test", till=True)[1]
        self.keys = {f"key:{scope}": heard.access.create_key({scope}, actor="test")[1] for scope in Scope}

    def session(self, who: str) -> str:
        """The token of a fresh session."""
        if who == TILL:
            return self.heard.access.enter_till(self.link)[0]
        return self.heard.access.sign_in(who, PASSWORD, "127.0.0.1")

    def counts(self) -> Mapping[str, int]:
        """Lines of each table, but for those that coming in writes."""
        return {
            name: count
            for name, count in self.heard.store.counts().items()
            if name not in {"sessions", "sign_in_tries"}
        }

    def ask(self, who: str, method: str, path: str, headers: Mapping[str, str] | None = None, **how: Any) -> Any:
        """One request as this caller's browser or program makes it, with the right token of its forms."""
        client = self.client
        client.cookies.clear()
        sent = {"accept": "text/html"}
        if who in self.keys:
            sent = {"accept": "application/json", "authorization": f"Bearer {self.keys[who]}"}
        bound = "f" * 43
        if who in PEOPLE | {TILL}:
            bound = self.session(who)
            client.cookies.set("heard", bound)
        else:
            client.cookies.set("heard-form", bound)
        if method == "POST" and path in FORMS:
            sent["x-heard-form"] = self.heard.access.form_token(bound)
        for name, given in {"offer": "truffle", "redemption": "r_none", "reservation": "r_none"}.items():
            path = path.replace(f"{{{name}}}", given)
        form = {"name": "viewer", "password": PASSWORD, "key": self.link, "code": "nothing of ours"}
        if method == "POST":
            how = {"json": {"code": "nothing of ours"}} if path.startswith("/api/") else {"data": form} | how
        return client.request(method, path, headers=sent | dict(headers or {}), **how)

    def gets_in(self, who: str, method: str, path: str) -> bool:
        """Whether the request reached what is at that address."""
        answer = self.ask(who, method, path)
        assert answer.status_code < 500, (who, method, path, answer.text)
        for name in HEADERS:
            assert answer.headers.get(name), (path, name)
        assert answer.headers["cache-control"] == "no-store", path
        sent_away = answer.status_code == 303 and answer.headers["location"].partition("?said=")[0].startswith(
            "/sign-in"
        )
        return answer.status_code not in {401, 403} and not (sent_away and "said=" not in answer.headers["location"])


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crowd]:
    heard = heard_app(tmp_path_factory.mktemp("routes"))
    with TestClient(create_app(heard), base_url=HOME, follow_redirects=False) as client:
        yield Crowd(heard, client)
    heard.close()


def routes_of(routes: Any) -> Iterator[Route]:
    """Every method and address, through routers within routers."""
    for route in routes:
        if hasattr(route, "original_router"):
            yield from routes_of(route.original_router.routes)
        elif getattr(route, "methods", None):
            yield from ((method, route.path) for method in route.methods - {"HEAD"})
        else:
            assert route.path == "/static", f"{route.path} is mounted, and nobody decided who may come there"


def test_somebody_decided_who_may_come_to_every_address(crowd: Crowd) -> None:
    web = crowd.client.app
    assert isinstance(web, FastAPI)
    assert set(routes_of(web.routes)) == set(TABLE)


@pytest.mark.parametrize("who", sorted(ANYBODY))
def test_each_caller_gets_to_what_is_theirs_and_to_nothing_else(crowd: Crowd, who: str) -> None:
    assert {route for route in TABLE if crowd.gets_in(who, *route)} == {
        route for route, welcome in TABLE.items() if who in welcome
    }


@pytest.mark.parametrize("path", FORMS)
def test_no_form_is_taken_that_no_page_of_ours_gave_to_this_session(crowd: Crowd, path: str) -> None:
    who = "community"
    other = crowd.heard.access.form_token(crowd.session(who))
    before = crowd.counts()
    for headers in (
        {"x-heard-form": ""},
        {"x-heard-form": "0" * 64},
        {"x-heard-form": other},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:8081"},
        {"origin": "https://127.0.0.1:8080"},
    ):
        answer = crowd.ask(who, "POST", path, headers)
        assert answer.status_code == 403, (path, headers)
        assert "set-cookie" not in answer.headers, (path, headers)
    assert crowd.counts() == before


def test_looking_at_anything_changes_nothing(crowd: Crowd) -> None:
    before = crowd.counts()
    for method, path in TABLE:
        if method == "GET":
            crowd.ask("admin", "GET", path, {"x-http-method-override": "POST", "x-http-method": "DELETE"})
            crowd.ask("key:admin", "GET", path, {"x-http-method-override": "POST"})
    assert crowd.counts() == before


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "DELETE", "BREW"])
def test_no_other_method_opens_anything(crowd: Crowd, method: str) -> None:
    for path in {path for _, path in TABLE}:
        if (method, path) in TABLE:
            continue
        answer = crowd.ask("nobody", method, path)
        public = method == "HEAD" and path == "/api/v1/openapi.json"
        assert answer.status_code in {401, 403, 405} or public, (method, path, answer.status_code)
        assert "access-control-allow-origin" not in answer.headers
