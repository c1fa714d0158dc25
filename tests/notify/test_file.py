"""Letters as files."""

from __future__ import annotations

import os
import resource
import stat
from pathlib import Path

import pytest

from bot.errors import ConfigError, DeliveryError
from bot.model.digest import Picture
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


def test_an_html_file_carries_its_pictures_in_itself(tmp_path: Path) -> None:
    chart = Picture("volume", b"\x89PNG made up", "Stories by day", 600, 200)
    html = '<p>Here:</p><img src="cid:volume" alt="Stories by day">'
    notifier(tmp_path, formats=["html"]).send(letter(html=html, pictures=(chart,)))
    told = (tmp_path / "pr-2026-03-01.html").read_text(encoding="utf-8")
    assert "cid:" not in told
    assert 'src="data:image/png;base64,' in told


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
    (tmp_path / "pr-2026-03-01.txt").write_text("the old one")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16, before[1]))  # stands for a full disk
    try:
        with pytest.raises(DeliveryError) as caught:
            notifier(tmp_path, formats=["txt"]).send(letter())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert caught.value.retry
    assert "File too large" in str(caught.value)
    assert (tmp_path / "pr-2026-03-01.txt").read_text() == "the old one"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_disk_that_is_full_halfway_leaves_no_letter_of_which_a_form_is_missing(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(DeliveryError):
            notifier(tmp_path, formats=["txt", "html"]).send(letter(text="short", html="x" * 2000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []


def test_nobody_who_may_write_into_the_folder_leads_a_letter_elsewhere(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "shared", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.write_text("not yours")
    for name in (".pr-2026-03-01.txt.part", "pr-2026-03-01.txt"):
        (folder / name).symlink_to(elsewhere)
    notifier(folder, formats=["txt"]).send(letter())
    assert elsewhere.read_text() == "not yours"
    (only,) = folder.iterdir()
    assert (only.is_symlink(), only.read_bytes()) == (False, letter().text.encode())


@pytest.mark.parametrize(
    ("readers", "file", "inside"), [("owner", 0o600, 0o700), ("group", 0o640, 0o750), ("all", 0o644, 0o755)]
)
@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_files_are_for_whom_they_are_meant_whatever_the_umask(
    tmp_path: Path, readers: str, file: int, inside: int, umask: int
) -> None:
    before = os.umask(umask)
    try:
        notifier(tmp_path / "in", readers=readers).send(letter())
    finally:
        os.umask(before)
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "in").iterdir()} == {file}
    assert stat.S_IMODE((tmp_path / "in").stat().st_mode) == inside


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_rights_waits_for_a_person(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(DeliveryError) as caught:
        notifier(tmp_path).send(letter())
    assert not caught.value.retry


def test_a_form_that_does_not_exist_is_named() -> None:
    with pytest.raises(ConfigError, match="formats"):
        connect("folder", {"folder": "x", "formats": ["pdf"]}, None)  # type: ignore[arg-type]
