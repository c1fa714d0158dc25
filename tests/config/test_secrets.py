"""Secrets come by reference, from the environment or a private file, and are shown to nobody."""

from __future__ import annotations

import os
from pathlib import Path
from unittest.mock import patch

import pytest

from bot.errors import ConfigError
from config.secrets import load_secrets_file, masked, read_secret

SECRET = "s3cr3t"


def test_a_secret_is_read_from_the_environment_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{SECRET}\n", encoding="utf-8")
    with patch.dict(os.environ, {"TOKEN": f" {SECRET} "}):
        assert read_secret({"token_env": "TOKEN"}, "token") == SECRET
        assert read_secret({"token_env": "TOKEN", "token_file": "nowhere"}, "token") == SECRET
    assert read_secret({"token_file": str(tmp_path / "token")}, "token") == SECRET


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"token_env": "NOT_SET_ANYWHERE"}, "NOT_SET_ANYWHERE is not set"),
        ({"token_env": "BLANK"}, "BLANK is not set"),
        ({"token_file": "/nowhere/at/all"}, "cannot be read (FileNotFoundError)"),
        ({"token_file": "EMPTY"}, "is empty"),
        ({"token_file": "BINARY"}, "cannot be read (UnicodeDecodeError)"),
        ({}, 'token_env = "NAME" or token_file = "PATH"'),
        ({"token": SECRET}, "say where the secret is"),
    ],
)
def test_a_secret_that_is_not_there_is_named_not_shown(tmp_path: Path, options: dict[str, str], part: str) -> None:
    (tmp_path / "EMPTY").write_text(" \n", encoding="utf-8")
    (tmp_path / "BINARY").write_bytes(b"\xff\xfe" + SECRET.encode())
    options = {
        key: str(tmp_path / value) if value.isupper() and "_file" in key else value for key, value in options.items()
    }
    with patch.dict(os.environ, {"BLANK": "  "}), pytest.raises(ConfigError) as caught:
        read_secret(options, "token")
    assert part in str(caught.value)
    assert SECRET not in str(caught.value)


def test_the_private_file_fills_what_the_environment_leaves_open(tmp_path: Path) -> None:
    file = tmp_path / "secrets.env"
    file.write_text(
        "\ufeff# a comment\n\nPLAIN=one\n SPACED = two words \nexport SHELL_STYLE=three\nQUOTED=\"four 'x'\"\nSINGLE='five'\n"
        "LONE=pa'ss\"\nEQUALS=a=b=\nTAKEN=file\n#OFF=six\nno equals sign\n=nameless\nNUL=a\0b\n",
        encoding="utf-8",
    )
    with patch.dict(os.environ, {"TAKEN": "environment"}):
        load_secrets_file(file)
        found = {
            name: os.environ.get(name)
            for name in ("PLAIN", "SPACED", "SHELL_STYLE", "QUOTED", "SINGLE", "LONE", "EQUALS")
        }
        assert found == {
            "PLAIN": "one",
            "SPACED": "two words",
            "SHELL_STYLE": "three",
            "QUOTED": "four 'x'",
            "SINGLE": "five",
            "LONE": "pa'ss\"",
            "EQUALS": "a=b=",
        }
        assert os.environ["TAKEN"] == "environment"
        assert not {"OFF", "#OFF", "NUL", ""} & os.environ.keys()


def test_no_private_file_is_fine_and_a_broken_one_is_named(tmp_path: Path) -> None:
    load_secrets_file(tmp_path / "none.env")
    (tmp_path / "secrets.env").write_bytes(b"A=\xff" + SECRET.encode())
    with pytest.raises(ConfigError, match="cannot be read") as caught:
        load_secrets_file(tmp_path / "secrets.env")
    assert SECRET not in str(caught.value)


def test_display_masks_values_and_keeps_references() -> None:
    tables = {
        "source": [{"bearer_token": SECRET, "bearer_token_env": "NAME", "client_secret_file": "path", "id": "x"}],
        "channel": ({"password": SECRET, "nested": {"api_token": SECRET}},),
        "count": 3,
    }
    shown = masked(tables)
    assert SECRET not in str(shown)
    assert shown["source"][0] == {
        "bearer_token": "…",
        "bearer_token_env": "NAME",
        "client_secret_file": "path",
        "id": "x",
    }
    assert shown["count"] == 3
