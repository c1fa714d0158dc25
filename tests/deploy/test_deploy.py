"""What installs and guards Heard is as the documentation says: image, compose file, units."""

from __future__ import annotations

import re
from configparser import ConfigParser
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # its stubs are a package of their own

from tests.support.shared import ROOT

DEPLOY = ROOT / "docs" / "deploy"
UNITS = ("heard.service", "heard-backup.service")


def dockerfile() -> str:
    return (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")


def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return read


def unit(name: str) -> ConfigParser:
    class Repeating(dict[str, Any]):
        def __setitem__(self, key: str, value: Any) -> None:
            if isinstance(value, list) and key in self:
                self[key].extend(value)
            else:
                super().__setitem__(key, value)

    read = ConfigParser(interpolation=None, strict=False, dict_type=Repeating, delimiters="=")
    read.optionxform = str  # type: ignore[method-assign,assignment]  # as the library's documentation has it
    read.read_string((DEPLOY / name).read_text(encoding="utf-8"))
    return read


def test_what_the_image_copies_is_there_and_is_let_through() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_through = {line[1:] for line in ignored if line.startswith("!")}
    copied = [
        line.split()[1:-1] for line in dockerfile().splitlines() if line.startswith("COPY ") and "--from" not in line
    ]
    for name in (one for line in copied for one in line):
        assert (ROOT / name).exists(), name
        assert name in let_through, name
    hidden = [line for line in ignored if line and not line.startswith(("!", "#"))]
    for secret in ("config/secrets.env", "config/heard.toml", "config/my.local.toml", "bot/x.db"):
        assert any(fnmatch(secret, pattern.removeprefix("**/")) for pattern in hidden[1:]), secret


def test_the_image_runs_as_nobody_in_particular_and_builds_nothing() -> None:
    build, last = dockerfile().split("\nFROM ")[1:]
    instructions = dict(line.partition(" ")[::2] for line in last.splitlines() if re.match("[A-Z]+ ", line))
    assert instructions["USER"] == "10001:10001"
    assert instructions["ENTRYPOINT"] == '["heard"]', "in exec form, or signals reach a shell"
    assert instructions["VOLUME"] == "/data"
    assert '["heard", "status", "--healthy"]' in instructions["HEALTHCHECK"]
    assert not re.search(r"apt-get|pip |gcc|ADD ", last)
    assert "PIP_CONSTRAINT=/src/requirements.lock" in build
    assert ":latest" not in dockerfile() + (ROOT / "compose.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["worker", "web", "db"])
def test_every_service_is_locked_in(name: str) -> None:
    service = compose()["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["user"] in {"10001:10001", "postgres"}
    assert re.fullmatch(r"[a-z]+:\$\{[A-Z_]+:-[0-9][\w.-]+\}", service["image"]), "a version, never the latest"
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
    given = service["environment"]
    assert all(value.startswith("/run/secrets/") for key, value in given.items() if "PASS" in key)
    assert set(service["secrets"]) <= set(compose()["secrets"])


def test_the_bot_and_the_web_wait_for_a_healthy_database_that_reaches_nothing() -> None:
    services = compose()["services"]
    for name in ("worker", "web"):
        assert services[name]["depends_on"] == {"db": {"condition": "service_healthy"}}
        assert services[name]["init"] is True
    assert (services["worker"]["command"], services["web"]["command"]) == (["worker"], ["web"])
    assert services["worker"]["image"] == services["web"]["image"]
    assert services["db"]["networks"] == ["inside"]
    assert compose()["networks"]["inside"]["internal"] is True
    assert "/healthz/ready" in str(services["web"]["healthcheck"]["test"])


@pytest.mark.parametrize("name", UNITS)
def test_units_are_hardened(name: str) -> None:
    service = unit(name)["Service"]
    for key in (
        "NoNewPrivileges",
        "PrivateTmp",
        "PrivateDevices",
        "ProtectHome",
        "RestrictNamespaces",
        "LockPersonality",
    ):
        assert service[key] == "yes", key
    assert service["ProtectSystem"] == "strict"
    assert service["UMask"] == "0077"
    assert service["StateDirectory"] == service["User"] == "heard"
    assert service["CapabilityBoundingSet"] == ""
    assert service["RestrictAddressFamilies"] == "AF_INET AF_INET6 AF_UNIX"
    assert "@system-service" in service["SystemCallFilter"]


def test_the_bots_unit_reloads_stops_and_restarts_as_heard_does() -> None:
    service = unit("heard.service")["Service"]
    assert service["ExecReload"] == "/bin/kill -HUP $MAINPID"
    assert service["TimeoutStopSec"] == "15"
    assert (service["Restart"], service["RestartPreventExitStatus"]) == ("on-failure", "2")
    assert "MemoryDenyWriteExecute" not in service, "the charts are drawn by V8, which such a unit kills"
    assert unit("heard-backup.timer")["Timer"]["Persistent"] == "true"


def test_what_the_page_copies_and_names_is_there() -> None:
    page = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
    for name in re.findall(r"docs/deploy/[\w.-]+", page):
        assert Path(ROOT, name).is_file(), name
    assert {path.name for path in DEPLOY.iterdir()} <= set(re.findall(r"deploy/([\w.-]+)", page))
