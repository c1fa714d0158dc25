"""The audit of dependencies: a finding fails it, and nothing passes for audited that was not."""

from __future__ import annotations

import json

import pytest

from tests.audit import LOCK, verdict

CLEAN = {"name": "jinja2", "version": "3.1.6", "vulns": []}
HURT = {"name": "requests", "version": "2.0", "vulns": [{"id": "PYSEC-2014-13", "fix_versions": ["2.3.0"]}]}
UNKNOWN = {"name": "ours", "skip_reason": "Dependency not found on PyPI and could not be audited: ours (1.0)"}


def report(*rows: dict[str, object]) -> str:
    return json.dumps({"dependencies": rows, "fixes": []})


def test_a_known_vulnerability_fails_and_is_named_whatever_else_was_not_found() -> None:
    status, said = verdict(report(CLEAN, HURT, UNKNOWN), "", required=False)
    assert status == 1
    assert "requests 2.0: PYSEC-2014-13, mended in 2.3.0" in said


def test_what_was_not_audited_is_named_beside_what_was() -> None:
    said = "1 pinned dependencies audited, no known vulnerability. Not audited: ours."
    assert verdict(report(CLEAN, UNKNOWN), "", required=False) == (0, said)


@pytest.mark.parametrize(
    ("printed", "complaints"),
    [
        (report(UNKNOWN, UNKNOWN), "No known vulnerabilities found"),
        (
            "",
            "ERROR:pip_audit._cli:Tip: your network may be blocking this service. requests.exceptions.ConnectionError",
        ),
        ("", "ERROR: pip_audit._service.interface.ServiceError: Connection to pypi timed out"),
    ],
)
def test_where_nothing_could_be_asked_it_says_so_loudly_and_passes_unless_that_is_required(
    printed: str, complaints: str
) -> None:
    status, said = verdict(printed, complaints, required=False)
    assert status == 0
    assert "NOTHING WAS AUDITED" in said
    assert verdict(printed, complaints, required=True)[0] == 1


@pytest.mark.parametrize("printed", ["", "{}", "[]", '{"dependencies": 5}', "half a rep"])
def test_an_audit_that_fails_by_itself_is_no_pass(printed: str) -> None:
    assert verdict(printed, "ModuleNotFoundError: no pip_audit", required=False)[0] == 1


def test_every_line_of_the_lock_is_one_exact_version() -> None:
    lines = LOCK.read_text(encoding="utf-8").splitlines()
    pinned = [line for line in lines if line and not line.startswith(("#", " "))]
    assert len(pinned) > 100
    assert [line for line in pinned if line.count("==") != 1 or "*" in line or "@" in line] == []
