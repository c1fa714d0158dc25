"""Letters as files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.errors import ConfigError, DeliveryError
from bot.notify.file import FileNotifier, FileOptions, connect
from tests.support.letters import letter


def notifier(folder: Path, **changes) -> FileNotifier:
    return FileNotifier(FileOptions(folder=str(folder), **changes))


def test_the_three_forms_are_named_after_the_report_and_its_last_local_day(tmp_path: Path) -> None:
    notifier(tmp_path / "deep" / "down").send(letter())
    folder = tmp_path / "deep" / "down"
    assert {path.name for path in folder.iterdir()} == {"pr-2026-03-01.html", "pr-2026-03-01.txt", "pr-2026-03-01.json"}
    assert (folder / "pr-2026-03-01.html").read_text(encoding="utf-8") == letter().html
    assert (folder / "pr-2026-03-01.txt").read_bytes() == letter().text.encode()
    assert (folder / "pr-2026-03-01.json").read_text(encoding="utf-8") == letter().json


def test_the_same_letter_twice_leaves_the_same_files(tmp_path: Path) -> None:
    for _time in range(2):
        notifier(tmp_path).send(letter())
    assert len(list(tmp_path.iterdir())) == 3


def test_only_the_wanted_forms_are_written(tmp_path: Path) -> None:
    notifier(tmp_path, formats=["txt"]).send(letter())
    assert [path.name for path in tmp_path.iterdir()] == ["pr-2026-03-01.txt"]


@pytest.mark.parametrize("report", ["../../outside", "/etc/passwd", "a/b", "..", "", "x" * 500, "con\x00trol\n"])
def test_no_report_name_leads_out_of_the_folder(tmp_path: Path, report: str) -> None:
    folder = tmp_path / "in"
    notifier(folder).send(letter(report=report))
    assert [path.name for path in tmp_path.iterdir()] == ["in"]
    assert len([path for path in folder.iterdir() if path.is_file()]) == 3


def test_a_rest_of_a_crash_is_overwritten_and_the_old_file_stands_until_then(tmp_path: Path) -> None:
    (tmp_path / ".pr-2026-03-01.html.part").write_text("half a dig")
    (tmp_path / "pr-2026-03-01.html").write_text("the old one")
    notifier(tmp_path, formats=["html"]).send(letter())
    assert [path.name for path in tmp_path.iterdir()] == ["pr-2026-03-01.html"]
    assert (tmp_path / "pr-2026-03-01.html").read_text(encoding="utf-8") == letter().html


def test_a_full_disk_is_worth_another_try_and_leaves_the_old_file_whole(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("/dev/full is absent: it stands for a full disk")
    (tmp_path / "pr-2026-03-01.txt").write_text("the old one")
    (tmp_path / ".pr-2026-03-01.txt.part").symlink_to(full)
    with pytest.raises(DeliveryError) as caught:
        notifier(tmp_path, formats=["txt"]).send(letter())
    assert caught.value.retry
    assert "No space left" in str(caught.value)
    assert (tmp_path / "pr-2026-03-01.txt").read_text() == "the old one"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_rights_waits_for_a_person(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(DeliveryError) as caught:
        notifier(tmp_path).send(letter())
    assert not caught.value.retry


def test_a_form_that_does_not_exist_is_named() -> None:
    with pytest.raises(ConfigError, match="formats"):
        connect("folder", {"folder": "x", "formats": ["pdf"]}, None)  # type: ignore[arg-type]
