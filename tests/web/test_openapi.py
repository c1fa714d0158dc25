"""The OpenAPI document is true: whatever fits it or does not, every answer is one that it names."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.model import Reason
from bot.model.access import Scope
from tests.support.counts import FULL
from tests.support.webserver import CONFIG, PHRASE, Client, Till, served

LOOSE = f"{CONFIG}wrong_codes_per_minute = 10000\nwrong_codes_per_hour = 100000\n"
TRIED = 60 if FULL else 4
"""Requests of each call that fit the document, and as many that do not."""
SAMPLED = {"/api/v1/mentions", "/api/v1/offers/{offer}/events"}
"""Of the calls that only read, those that a short run tries; of the others, all."""
CALLS = {
    "POST /api/v1/redemptions", "POST /api/v1/redemptions/{redemption}/rollback", "GET /api/v1/redemptions/{redemption}",
    "POST /api/v1/reservations", "POST /api/v1/reservations/{reservation}/redeem", "DELETE /api/v1/reservations/{reservation}",
    "GET /api/v1/offers", "GET /api/v1/offers/{offer}", "GET /api/v1/offers/{offer}/events", "GET /api/v1/mentions",
    "GET /api/v1/messages", "GET /api/v1/digests", "GET /api/v1/impact", "GET /api/v1/status",
}  # fmt: skip


@pytest.fixture(scope="module")
def till(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    with served(tmp_path_factory.mktemp("openapi"), text=LOOSE) as till:
        yield till


@pytest.fixture(scope="module")
def client(till: Till) -> Client:
    return till.client(Scope.ADMIN)


@pytest.fixture(scope="module")
def document(client: Client) -> dict[str, Any]:
    answer = Client(f"http://{client.host}:{client.port}").get("/api/v1/openapi.json")
    assert answer.status == 200
    return answer.json  # type: ignore[no-any-return]


def test_it_names_every_call_and_each_of_their_answers(document: dict[str, Any]) -> None:
    found = {
        f"{method.upper()} {path}": row for path, rows in document["paths"].items() for method, row in rows.items()
    }
    assert set(found) >= CALLS
    for name, call in found.items():
        assert {"401", "403", "422", "500", "503"} <= set(call["responses"]), name
        assert call["security"] == [{"bearer": []}], name
        for status, answer in call["responses"].items():
            kinds = list(answer.get("content", {}))
            assert (
                kinds == (["application/problem+json"] if status >= "400" else ["application/json"]) or status == "204"
            )
    claims = found["POST /api/v1/redemptions"]["responses"]
    assert set(claims) >= {"200", "201", "404", "409", "410", "413", "415", "429"}
    assert "Idempotent-Replayed" in claims["200"]["headers"]
    assert "Retry-After" in claims["429"]["headers"]
    assert set(document["components"]["schemas"]["Problem"]["properties"]["reason"]["enum"]) == set(Reason)


def test_its_examples_work(client: Client, document: dict[str, Any]) -> None:
    for example in document["components"]["schemas"]["Redemption"]["examples"]:
        assert client.call("POST", "/api/v1/redemptions", example).status in {201, 404, 422}
    assert (
        client.call(
            "POST", "/api/v1/redemptions", document["components"]["schemas"]["Redemption"]["examples"][0]
        ).status
        == 201
    )


def test_it_is_a_page_too_that_asks_no_other_host(client: Client) -> None:
    answer = client.call("GET", "/api/v1/docs", headers={"Accept": "text/html"})
    page = answer.body.decode()
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert all(call.partition(" ")[2] in page for call in CALLS)
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page)
    assert "<script" not in page


@pytest.mark.timeout(600)
def test_no_request_gets_an_answer_that_it_does_not_name(client: Client, till: Till, document: dict[str, Any]) -> None:
    from schemathesis import GenerationMode, openapi

    answers: dict[str, Counter[int]] = {}
    for operation in (found.ok() for found in openapi.from_dict(document).get_all_operations()):
        if not FULL and operation.method == "get" and operation.path not in SAMPLED:
            continue
        try:
            answers[f"{operation.method.upper()} {operation.path}"] = sum(
                (
                    answered(operation, mode, client, till)
                    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
                ),
                Counter(),
            )
        except Exception as error:
            raise AssertionError(f"{operation.method} {operation.path}: {error}") from error
    every = sum(answers.values(), Counter())
    by_call = {call: dict(sorted(told.items())) for call, told in answers.items()}
    print("schemathesis:", every.total(), "requests", dict(every), json.dumps(by_call, indent=1))  # noqa: T201 shown with -rP
    assert set(every) >= {404, 422}
    if FULL:
        assert set(answers) == CALLS
        assert all(any(status < 300 for status in told) for told in answers.values()), "each of them was done, too"


def answered(operation: Any, mode: Any, client: Client, till: Till) -> Counter[int]:
    """How often the server gave which answer to requests that fit the call, or do not; each is checked."""
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks as of

    told: Counter[int] = Counter()
    checks = [
        not_a_server_error, of.status_code_conformance, of.content_type_conformance, of.response_headers_conformance,
        of.response_schema_conformance,
    ]  # fmt: skip
    there_are = {
        "offer": lambda: "truffle",
        "redemption": lambda: client.redeem(PHRASE).json["redemption"],
        "reservation": lambda: client.call("POST", "/api/v1/reservations", {"code": PHRASE}).json["reservation"],
    }

    @settings(max_examples=TRIED, suppress_health_check=list(HealthCheck), phases=[Phase.generate], deadline=None)
    @given(case=operation.as_strategy(generation_mode=mode), there=st.booleans())
    def fits(case: Any, *, there: bool) -> None:
        if there:  # made-up ids lead nowhere
            case.path_parameters = {name: there_are[name]() for name in case.path_parameters or {}}
            if isinstance(case.body, dict) and isinstance(case.body.get("code"), str):
                case.body["code"] = PHRASE
                for narrower in ("offer", "placement"):
                    case.body.pop(narrower, None)
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {client.key}"}
        response = case.call(base_url=till.address)
        told[response.status_code] += 1
        case.validate_response(response, checks=checks)

    fits()
    return told
