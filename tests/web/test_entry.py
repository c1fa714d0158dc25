"""Coming in by the browser, and every way that somebody else may try to."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI, Response
from fastapi.testclient import TestClient

from bot.access.tokens import new_token
from bot.clock import ManualClock
from bot.errors import SignInRefused, StoreError
from bot.model.access import Role, Scope
from bot.web.app import create_app
from bot.web.entry import NOT_YOURS
from bot.web.problems import Problem
from bot.wiring import App
from tests.support.web import HOME, NOON, PASSWORD, browser_of, heard_app, sign_in, signed_in_as, token_in

SITE = "https://heard.example.org"
PAGES = ("/", "/account")


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """One set of routes for every test: what is behind them is each test's own."""
    return create_app(heard_app(tmp_path_factory.mktemp("web")))


@pytest.fixture
def heard(tmp_path: Path, web: FastAPI) -> Iterator[App]:
    app = heard_app(tmp_path)
    web.state.heard, app.__dict__["web"] = app, web
    yield app
    app.close()


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A browser that nobody signs in with, for tests that change nothing."""
    app = heard_app(tmp_path_factory.mktemp("still"))
    yield browser_of(app)
    app.close()


@pytest.fixture
def client(heard: App) -> TestClient:
    return browser_of(heard)


@pytest.fixture
def ada(heard: App) -> TestClient:
    return signed_in_as(heard, Role.COMMUNITY)


def cookie_of(client: TestClient) -> str:
    return str(client.cookies["heard"])


def clock(heard: App) -> ManualClock:
    assert isinstance(heard.clock, ManualClock)
    return heard.clock


# Signing in.


def test_whoever_is_not_signed_in_is_sent_to_sign_in_and_comes_out_where_they_wanted_to_go(
    heard: App, client: TestClient
) -> None:
    answer = client.get("/account?x=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/account%3Fx%3D1")
    heard.access.add_account("Ada", Role.VIEWER, PASSWORD, actor="test")
    field = token_in(client.get(answer.headers["location"]).text)
    data = {"form_token": field, "name": "ada", "password": PASSWORD, "next": "/account?x=1"}
    assert client.post("/sign-in", data=data).headers["location"] == "/account?x=1"
    assert "Ada" in client.get("/account").text


def test_a_script_that_is_signed_out_is_told_so_instead_of_being_led_elsewhere(still: TestClient) -> None:
    answer = still.get("/account", headers={"accept": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")


def test_who_is_signed_in_does_not_sign_in_again(ada: TestClient) -> None:
    assert ada.get("/sign-in?next=/account").headers["location"] == "/account"


def test_an_unknown_name_and_a_wrong_password_get_the_same_page(heard: App) -> None:
    heard.access.add_account("ada", Role.VIEWER, PASSWORD, actor="test")
    pages = []
    for name in ("ada", "eve"):
        answer = sign_in(browser_of(heard), name, "wrong password!")
        assert answer.status_code == 403
        assert "The name or the password is not right." in answer.text
        pages.append(answer.text.replace(f'value="{name}"', "").replace(token_in(answer.text), ""))
    assert pages[0] == pages[1]


def test_too_many_tries_wait_and_the_right_password_works_afterwards(heard: App, client: TestClient) -> None:
    heard.access.add_account("ada", Role.VIEWER, PASSWORD, actor="test")
    for _ in range(4):
        assert sign_in(client, "ada", "wrong password!").status_code == 403
    waits = sign_in(client, "ada")
    assert waits.status_code == 429
    assert "Wait a second" in waits.text
    clock(heard).advance(timedelta(seconds=1))
    assert sign_in(client, "ada").status_code == 303


@pytest.mark.parametrize("size", [1025, 1_000_000])
def test_a_password_as_long_as_a_book_is_a_wrong_password(heard: App, client: TestClient, size: int) -> None:
    heard.access.add_account("ada", Role.VIEWER, PASSWORD, actor="test")
    assert sign_in(client, "ada", "x" * size).status_code in (403, 413)


def test_a_form_so_long_that_parting_it_would_hold_up_everybody_is_not_read(still: TestClient) -> None:
    answer = still.post(
        "/sign-in", content=b"&" * 300_000, headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert answer.status_code == 413
    assert "That is too long" in answer.text


def test_a_name_with_html_is_shown_as_it_was_typed(still: TestClient) -> None:
    answer = sign_in(still, '"><script>alert(1)</script>', "wrong password!")
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;" in answer.text


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "/\\evil.example", "https://evil.example", "/\r\nX: y", "/%0d%0a"]
)
def test_nobody_is_led_to_another_site_after_signing_in(heard: App, client: TestClient, wanted: str) -> None:
    heard.access.add_account("ada", Role.VIEWER, PASSWORD, actor="test")
    headers = sign_in(client, "ada", next=wanted).headers
    assert headers["location"] in ("/", "/%0d%0a")
    assert "x" not in headers
    assert client.get("/sign-in", params={"next": wanted}).headers["location"] in ("/", "/%0d%0a")


# Sessions and cookies.


def test_the_cookie_is_for_this_host_for_no_script_and_only_over_tls(tmp_path: Path) -> None:
    app = heard_app(tmp_path, heard=f'public_url = "{SITE}"')
    app.access.add_account("ada", Role.VIEWER, PASSWORD, actor="test")
    answer = sign_in(browser_of(app, SITE), "ada")
    given = next(one for one in answer.headers.get_list("set-cookie") if one.startswith("__Host-heard="))
    flags = {part.strip().lower() for part in given.split(";")[1:]}
    assert flags == {"path=/", "secure", "httponly", "samesite=lax", "max-age=43200"}
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_on_this_machine_the_cookie_goes_without_tls(heard: App, client: TestClient) -> None:
    heard.access.add_account("ada", Role.VIEWER, PASSWORD, actor="test")
    answer = sign_in(client, "ada")
    given = next(one for one in answer.headers.get_list("set-cookie") if one.startswith("heard="))
    assert "secure" not in given.lower()
    assert "HttpOnly" in given
    assert "strict-transport-security" not in answer.headers


def test_passwords_are_not_taken_where_others_can_read_along(tmp_path: Path) -> None:
    app = heard_app(tmp_path)
    app.access.add_account("ada", Role.VIEWER, PASSWORD, actor="test")
    plain = browser_of(app, "http://192.168.1.5:8080")
    page = plain.get("/sign-in").text
    assert "https" in page
    assert 'type="password"' not in page
    field = token_in(browser_of(app).get("/sign-in").text)
    assert plain.post("/sign-in", data={"form_token": field, "name": "ada", "password": PASSWORD}).status_code == 403
    assert "heard" not in plain.cookies


def test_they_are_where_somebody_said_so(tmp_path: Path) -> None:
    app = heard_app(tmp_path, web="insecure = true")
    app.access.add_account("ada", Role.VIEWER, PASSWORD, actor="test")
    assert sign_in(browser_of(app, "http://192.168.1.5:8080"), "ada").status_code == 303


def test_a_session_that_somebody_planted_is_not_taken_over(heard: App, client: TestClient) -> None:
    heard.access.add_account("ada", Role.VIEWER, PASSWORD, actor="test")
    planted = new_token()
    client.cookies.set("heard", planted, domain="127.0.0.1")
    given = sign_in(client, "ada").headers.get_list("set-cookie")
    assert any(one.startswith("heard=") for one in given)
    assert planted not in "".join(given)
    thief = browser_of(heard)
    thief.cookies.set("heard", planted)
    assert thief.get("/account").status_code == 303


def test_a_stolen_cookie_is_worth_nothing_after_signing_out(heard: App, ada: TestClient) -> None:
    thief = browser_of(heard)
    thief.cookies.set("heard", cookie_of(ada))
    assert thief.get("/account").status_code == 200
    field = token_in(ada.get("/account").text)
    assert ada.post("/sign-out", data={"form_token": field}).headers["location"] == "/sign-in?said=out"
    assert thief.get("/account").status_code == 303
    assert "You are signed out." in ada.get("/sign-in?said=out").text


def test_a_session_ends_when_it_is_not_used(heard: App, ada: TestClient) -> None:
    clock(heard).advance(timedelta(hours=1, minutes=59))
    assert ada.get("/account").status_code == 200
    clock(heard).advance(timedelta(hours=2))
    assert ada.get("/account").status_code == 303


def test_another_password_signs_out_everywhere_else_and_goes_on_here(heard: App, ada: TestClient) -> None:
    elsewhere = browser_of(heard)
    sign_in(elsewhere, "community")
    before = cookie_of(ada)
    field = token_in(ada.get("/account").text)
    new = "another truffle at dusk"
    form = {"form_token": field, "old": PASSWORD, "new": new, "again": new}
    assert ada.post("/account/password", data=form).status_code == 303
    assert cookie_of(ada) != before
    assert "Your password is changed." in ada.get("/account").text
    assert "Your password is changed." not in ada.get("/account").text, "it is said once"
    assert elsewhere.get("/account").status_code == 303
    assert sign_in(browser_of(heard), "community").status_code == 403
    assert sign_in(browser_of(heard), "community", new).status_code == 303


@pytest.mark.parametrize(
    ("form", "says"),
    [
        (
            {"old": "wrong password!", "new": "x1y2z3 and more", "again": "x1y2z3 and more"},
            "The password is not right.",
        ),
        ({"old": PASSWORD, "new": "short", "again": "short"}, "12 characters"),
        ({"old": PASSWORD, "new": "x1y2z3 and more", "again": "x1y2z3 and less"}, "not the same"),
        ({}, "12 characters"),
    ],
)
def test_a_password_is_not_changed_by_mistake(heard: App, ada: TestClient, form: dict[str, str], says: str) -> None:
    field = token_in(ada.get("/account").text)
    answer = ada.post("/account/password", data={"form_token": field, **form})
    assert answer.status_code == 422
    assert says in answer.text
    assert sign_in(browser_of(heard), "community").status_code == 303


def test_signing_out_everywhere_does_so(heard: App, ada: TestClient) -> None:
    elsewhere = browser_of(heard)
    sign_in(elsewhere, "community")
    field = token_in(ada.get("/account").text)
    ada.post("/account/sign-out-everywhere", data={"form_token": field})
    assert ada.get("/account").status_code == elsewhere.get("/account").status_code == 303


@pytest.mark.parametrize("change", ["disable", "remove", "role"])
def test_what_is_changed_about_an_account_holds_at_once(heard: App, ada: TestClient, change: str) -> None:
    if change == "disable":
        heard.access.set_disabled("community", disabled=True, actor="test")
    elif change == "remove":
        heard.access.remove_account("community", actor="test")
    else:
        heard.access.set_role("community", Role.VIEWER, actor="test")
    assert ada.get("/account").status_code == 303


def test_the_account_s_page_tells_where_one_is_signed_in_and_of_nobody_else(heard: App, ada: TestClient) -> None:
    signed_in_as(heard, Role.PR)
    clock(heard).advance(timedelta(hours=1))
    sign_in(browser_of(heard), "community")
    page = ada.get("/account").text
    assert page.count("<tr><td>") == 2
    assert page.count("(here)") == 1
    assert "Mon 02 Mar 13:00 <b>(here)</b>" in page
    assert cookie_of(ada) not in page, "the list tells no token"
    clock(heard).advance(timedelta(hours=1, minutes=50))
    ada.get("/account")
    clock(heard).advance(timedelta(minutes=15))
    assert ada.get("/account").text.count("<tr><td>") == 1, "what lay idle is no session any more"


def test_wrong_keys_make_their_address_wait_and_the_right_one_works_at_any_time(heard: App, client: TestClient) -> None:
    right = heard.access.create_key([Scope.READ], actor="test")[1]
    wrong = heard.access.create_key([Scope.READ], actor="test")[1]
    heard.access.revoke_key(wrong.split("_")[1], actor="test")

    def ask(key: str) -> Response:
        return client.get("/api/v1/status", headers={"authorization": f"Bearer {key}"})

    assert [ask(wrong).status_code for _ in range(23)] == [401] * 21 + [429] * 2
    assert ask("heard_nothing").headers["retry-after"] == "1"
    assert ask(right).status_code == 200
    clock(heard).advance(timedelta(seconds=1))
    assert (ask(wrong).status_code, ask(wrong).status_code, ask(right).status_code) == (401, 429, 200)
    assert sign_in(client, "ada", "wrong password!").status_code == 403, "keys and passwords are counted by themselves"


def test_wrong_key_links_make_their_address_wait_and_the_right_one_opens_at_any_time(
    heard: App, client: TestClient
) -> None:
    right = heard.access.create_key([Scope.REDEEM], actor="test", till=True)[1]

    def enter(key: str) -> Response:
        return client.post("/till/enter", data={"form_token": token_in(client.get("/till/enter").text), "key": key})

    assert [enter("heard_wrong").status_code for _ in range(23)] == [403] * 21 + [429] * 2
    assert "Wait a second" in enter("heard_wrong").text
    assert enter(right).status_code == 303


def test_guesses_are_counted_over_processes_and_a_flood_of_them_writes_nothing_more(heard: App, tmp_path: Path) -> None:
    def guess(app: App) -> datetime | None:
        try:
            app.access.count_guess("key", "198.51.100.7")
        except SignInRefused as refused:
            return refused.retry_at
        return None

    other = heard_app(tmp_path)
    assert [guess(heard) for _ in range(20)] == [None] * 20
    assert guess(other) is None
    assert guess(other) == guess(heard) == NOON + timedelta(seconds=1)
    with closing(sqlite3.connect(tmp_path / "heard.db", isolation_level=None)) as db:
        db.execute("DELETE FROM sign_in_tries")
    assert guess(heard) == NOON + timedelta(seconds=1), "the database is not asked while it waits"
    assert guess(other) == NOON + timedelta(seconds=1)
    heard.access.count_guess("key", "198.51.100.8")
    clock(heard).advance(timedelta(hours=13))
    heard.access.count_guess("key", "198.51.100.9")
    with closing(sqlite3.connect(tmp_path / "heard.db")) as db:
        assert db.execute("SELECT COUNT(*) FROM sign_in_tries").fetchone()[0] == 1, (
            "old guesses are dropped by themselves"
        )
    other.close()


# Forms of other people's pages.


def test_a_form_without_its_token_does_nothing(ada: TestClient) -> None:
    assert ada.post("/account/sign-out-everywhere").status_code == 403
    assert ada.get("/account").status_code == 200


@pytest.mark.parametrize("given", [{}, {"form_token": ""}, {"form_token": "0" * 64}, {"form_token": "ü" * 9000}])
def test_a_wrong_token_is_refused_on_every_form(ada: TestClient, given: dict[str, str]) -> None:
    for path in ("/sign-in", "/sign-out", "/till/enter", "/account/password", "/account/sign-out-everywhere"):
        answer = ada.post(path, data=given)
        assert answer.status_code == 403
        assert "too old" in answer.text


def test_another_session_s_token_is_refused(heard: App, ada: TestClient) -> None:
    other = signed_in_as(heard, Role.VIEWER)
    field = token_in(other.get("/account").text)
    assert ada.post("/account/sign-out-everywhere", data={"form_token": field}).status_code == 403


def test_the_token_from_before_signing_in_is_refused_afterwards(heard: App, client: TestClient) -> None:
    heard.access.add_account("ada", Role.VIEWER, PASSWORD, actor="test")
    field = token_in(client.get("/sign-in").text)
    assert sign_in(client, "ada").status_code == 303
    assert client.post("/account/sign-out-everywhere", data={"form_token": field}).status_code == 403


def test_nobody_is_signed_in_to_an_account_that_is_not_theirs_by_a_page_elsewhere(heard: App) -> None:
    heard.access.add_account("eve", Role.VIEWER, PASSWORD, actor="test")
    attacker, victim = browser_of(heard), browser_of(heard)
    field = token_in(attacker.get("/sign-in").text)
    data = {"form_token": field, "name": "eve", "password": PASSWORD}
    assert victim.post("/sign-in", data=data).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_the_right_token_from_somebody_else_s_page_is_refused(ada: TestClient, headers: dict[str, str]) -> None:
    field = token_in(ada.get("/account").text)
    assert ada.post("/sign-out", data={"form_token": field}, headers=headers).status_code == 403
    assert ada.get("/account").status_code == 200


def test_a_script_of_our_own_sends_the_token_as_a_header(ada: TestClient) -> None:
    field = token_in(ada.get("/account").text)
    assert ada.post("/sign-out", headers={"x-heard-form": "0" * 64}).status_code == 403
    assert ada.post("/sign-out", headers={"x-heard-form": field}).status_code == 303


def test_a_file_in_the_token_s_place_is_refused(ada: TestClient) -> None:
    assert ada.post("/sign-out", files={"form_token": b"x"}).status_code == 422
    assert ada.get("/account").status_code == 200


def test_a_form_that_was_open_when_the_session_ended_leads_to_signing_in_which_works(
    heard: App, ada: TestClient
) -> None:
    field = token_in(ada.get("/account").text)
    clock(heard).advance(timedelta(days=1))
    answer = ada.post("/sign-out", data={"form_token": field})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert sign_in(ada, "community").status_code == 303


# The till's key link.


def open_link(heard: App, text: str) -> tuple[TestClient, int]:
    phone = browser_of(heard)
    field = token_in(phone.get("/till/enter").text)
    return phone, phone.post("/till/enter", data={"form_token": field, "key": text}).status_code


def test_looking_at_a_key_link_signs_nobody_in(heard: App, client: TestClient) -> None:
    heard.access.create_key({Scope.REDEEM}, actor="test", till=True)
    answer = client.get("/till/enter")
    assert answer.status_code == 200
    assert "heard" not in client.cookies
    assert client.get("/").headers["location"] == "/sign-in"


def test_a_key_link_opens_the_till_and_nothing_else(heard: App) -> None:
    key, text = heard.access.create_key({Scope.REDEEM}, actor="test", till=True, placement="counter", name="Phone")
    phone, status = open_link(heard, f" {text}\n")
    assert status == 303
    assert phone.get("/").headers["location"] == "/till"
    assert phone.get("/account").status_code == 403
    heard.access.revoke_key(key.id, actor="test")
    assert phone.get("/").headers["location"] == "/sign-in"
    kinds = [(event.actor, event.kind) for event in heard.access.log()]
    assert kinds == [("test", "key-created"), (f"key:{key.id}", "till-opened"), ("test", "key-revoked")]


def test_a_key_that_is_none_ran_out_or_is_for_a_program_opens_no_till(heard: App) -> None:
    _, program = heard.access.create_key({Scope.REDEEM}, actor="test")
    _, old = heard.access.create_key({Scope.REDEEM}, actor="test", till=True, expires=timedelta(hours=1))
    clock(heard).advance(timedelta(hours=2))
    for text in (program, old, "", "heard_", "<script>", "x" * 100_000):
        phone, status = open_link(heard, text)
        assert status == 403
        assert "heard" not in phone.cookies


def test_a_key_s_caller_stands_behind_the_bearer_and_never_behind_a_cookie(heard: App, ada: TestClient) -> None:
    _, text = heard.access.create_key({Scope.READ}, actor="test")
    api = TestClient(ada.app, base_url=HOME, follow_redirects=False)
    bearer = {"authorization": f"Bearer {text}"}
    assert api.get("/api/v1/offers", headers=bearer).status_code == 200
    assert api.get("/account", headers=bearer | {"accept": "text/html"}).status_code == 303
    api.cookies.set("heard", cookie_of(ada))
    assert api.get("/api/v1/offers").status_code == 401


@pytest.mark.parametrize(
    ("state", "status", "says"),
    [
        ("none", 401, "Bearer"),
        ("garbage", 401, "invalid_token"),
        ("revoked", 401, "invalid_token"),
        ("expired", 401, "invalid_token"),
        ("other scope", 403, "insufficient_scope"),
    ],
)
def test_programs_without_a_good_key_are_told_what_to_bring(heard: App, state: str, status: int, says: str) -> None:
    scopes = {Scope.REDEEM if state == "other scope" else Scope.READ}
    key, text = heard.access.create_key(scopes, actor="test", expires=timedelta(hours=1))
    if state == "revoked":
        heard.access.revoke_key(key.id, actor="test")
    if state == "expired":
        clock(heard).advance(timedelta(hours=1))
    given = {"none": {}, "garbage": {"authorization": "Bearer \x7f"}}.get(state, {"authorization": f"Bearer {text}"})
    answer = TestClient(browser_of(heard).app, base_url=HOME).get("/api/v1/offers", headers=given)
    assert answer.status_code == status
    assert says in answer.headers["www-authenticate"]
    assert answer.headers["content-type"] == "application/problem+json"
    assert text not in answer.text


# Every answer.


@pytest.mark.parametrize(
    "path", ["/sign-in", "/", "/nowhere", "/static/heard.css", "/api/v1/offers", "/healthz", "/till/enter"]
)
def test_every_answer_carries_the_safe_headers(still: TestClient, path: str) -> None:
    headers = still.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy, "no outside host"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "camera=(self)" in headers["permissions-policy"]
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == ("no-cache" if path.startswith("/static") else "no-store")


def test_files_are_kept_for_ever_under_the_hash_of_their_content(still: TestClient) -> None:
    page = still.get("/sign-in").text
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]
    assert address.startswith("/static/heard.css?v=")
    assert "immutable" in still.get(address).headers["cache-control"]
    assert still.get("/static/nothing.css?v=1").headers["cache-control"] == "no-store"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "localhost.evil.example", "", "a b"])
def test_a_name_that_is_not_ours_is_not_answered_under(still: TestClient, host: str) -> None:
    for path in ("/sign-in", "/api/v1/offers", "/static/heard.css"):
        answer = still.get(path, headers={"host": host})
        assert answer.status_code == 421
        assert "form_token" not in answer.text


def test_two_names_in_one_request_are_none(still: TestClient) -> None:
    for hosts in (("127.0.0.1:8080", "evil.example"), ("evil.example", "127.0.0.1:8080")):
        assert still.get("/sign-in", headers=[("host", host) for host in hosts]).status_code == 421


@pytest.mark.parametrize("path", ["/static/../app.py", "/static/..%2fapp.py", "/static/%2e%2e/app.py", "/static/"])
def test_only_what_lies_in_the_folder_is_given_out(still: TestClient, path: str) -> None:
    assert still.get(path).status_code == 404


def test_an_error_is_told_to_people_in_a_page_and_to_programs_as_a_problem(still: TestClient) -> None:
    page = still.get("/nowhere")
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "There is no such page" in page.text
    for path, accept in (("/nowhere", "*/*"), ("/api/v1/nowhere", "text/html")):
        problem = still.get(path, headers={"accept": accept})
        assert (problem.status_code, problem.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [
        (StoreError("locked"), 503, "nothing was lost"),
        (Problem(429, "Wait a minute.", headers={"Retry-After": "60"}), 429, "Wait a minute."),
        (Problem(403, NOT_YOURS), 403, "Your account may not do this."),
        (RuntimeError("a bug"), 500, "the log knows it as incident"),
    ],
    ids=["503", "429", "403", "500"],
)
def test_whatever_goes_wrong_people_get_a_page_in_the_shell(
    tmp_path: Path, error: Exception, status: int, says: str
) -> None:
    app = heard_app(tmp_path)
    web = create_app(app)

    def breaks() -> None:
        raise error

    web.add_api_route("/breaks", breaks)
    app.__dict__["web"] = web
    answer = browser_of(app).get("/breaks")
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert says in answer.text
    assert "<title>" in answer.text
    assert answer.headers.get("retry-after") in {"60", "2", None}
    assert "a bug" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    app.close()


def test_a_database_that_cannot_be_asked_who_this_is_still_gives_a_page(heard: App, ada: TestClient) -> None:
    with heard.store._write() as db:
        db.execute("ALTER TABLE sessions RENAME TO gone")
    answer = ada.get("/account")
    assert answer.status_code in (500, 503)
    assert "<title>" in answer.text


def test_the_wrong_method_is_told_in_a_page_too(still: TestClient) -> None:
    answer = still.delete("/account")
    assert (answer.status_code, "cannot be used like that" in answer.text) == (405, True)


def test_pages_hold_no_inline_script_style_or_outside_address(heard: App, ada: TestClient) -> None:
    texts = [ada.get(path).text for path in (*PAGES, "/nowhere", "/till/enter")]
    texts.append(browser_of(heard).get("/sign-in").text)
    for text in texts:
        assert "<style" not in text
        assert " style=" not in text
        assert " onclick" not in text
        assert "<script>" not in text
        assert "//" not in text.replace("<!DOCTYPE", "").replace("http://www.w3.org", "")


@pytest.mark.parametrize("role", list(Role))
def test_each_role_sees_the_places_that_it_may_go_to(heard: App, role: Role) -> None:
    text = signed_in_as(heard, role).get("/").text
    assert ('href="/desk"' in text, 'href="/till"' in text) == (True, role in (Role.COMMUNITY, Role.ADMIN))
    assert 'href="/account"' in text


@pytest.mark.parametrize("name", ["O'Neil", 'o"neil', "<b>bold</b>"])
def test_hostile_names_are_refused_or_escaped(heard: App, name: str) -> None:
    key, _ = heard.access.create_key({Scope.REDEEM}, actor="test", till=True, name=name)
    _, text = heard.access.create_key({Scope.REDEEM}, actor="test", till=True, name=name)
    phone, status = open_link(heard, text)
    assert status == 303
    assert name == "O'Neil" or name not in phone.get("/account").text
    assert key.name == name


def test_words_that_somebody_put_into_the_cookie_are_not_said(ada: TestClient) -> None:
    ada.cookies.set("heard-says", "Q2FsbCAwMTIzNDU2.0000")
    assert "Call 0123456" not in ada.get("/account").text
    for junk in ("x", "....", "\x7f.x", "%00.%00"):
        ada.cookies.set("heard-says", junk)
        assert ada.get("/account").status_code == 200


def test_looking_at_pages_writes_nothing(heard: App, ada: TestClient) -> None:
    before = heard.store.counts()
    for path in (*PAGES, "/sign-in", "/nowhere", "/till/enter"):
        ada.get(path)
    assert heard.store.counts() == before
    assert heard.clock.now() == NOON
