"""Databases that restores put aside, and authors under pseudonyms: what an erasure does not reach is said where it is made."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.wiring import App
from config.settings import load_settings
from tests.support.desk import Desk

NAME = "heard.db.replaced-2026-11-01T08-00-00Z"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def restored(desk: Desk) -> Path:
    """A database that a real restore put aside."""
    assert desk.heard("collect").code == 0
    made = desk.heard("backup", "--json").rows[0]
    assert desk.heard("restore", made["file"]).code == 0
    (aside,) = desk.folder.glob("heard.db.replaced-*")
    return aside


def test_a_replaced_database_is_named_until_it_is_removed(desk: Desk) -> None:
    aside = restored(desk)
    told = f"{aside.name} beside the database ("
    assert f"put aside: {told}" in desk.heard("check").out
    audited = desk.heard("audit", "--json")
    assert told in audited.err
    forgot = desk.heard("forget", "--before", "0d", "--yes")
    assert f"Not reached: {told}" in forgot.err
    assert (
        "put aside by a restore today) holds what was erased since. Remove it when you need it no more." in forgot.err
    )
    aside.unlink()
    assert "put aside" not in desk.heard("check").out
    assert desk.heard("audit").err == ""


def at(desk: Desk, when: datetime, extra: str = "") -> App:
    desk.write(desk.config.read_text(encoding="utf-8") + extra)
    return App(load_settings(desk.config), ManualClock(when))


def test_it_is_named_in_the_digest_for_operations_and_kept_unless_a_setting_says_otherwise(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    assert desk.heard("collect").code == 0
    (desk.folder / NAME).write_bytes(b"x" * 2_500_000)
    app = at(desk, NOW, '\n[retention]\ntext = "1d"\n[[digest]]\nid = "ops"\naudience = "operations"\nat = "00:00"\n')
    digest = app.telling.publish(*app.telling.window("ops", NOW.date() - timedelta(days=1)))
    assert f"{NAME} beside the database (2.5 MB, put aside by a restore 20 days ago)" in str(digest)
    app.close()
    app = App(app.settings, ManualClock(datetime.now(UTC) + timedelta(days=1, hours=6)))
    with caplog.at_level(logging.WARNING, "heard.keep"):
        assert app.keeping.look().items > 0
        app.keeping.look()
    assert caplog.text.count("an erasure does not reach it") == 1
    assert (desk.folder / NAME).exists()
    app.close()


def test_it_goes_when_its_time_is_up_and_nothing_else_goes_with_it(desk: Desk) -> None:
    strange = (
        "heard.db.replaced-by-me",
        "other.db.replaced-2026-11-01T08-00-00Z",
        "heard.db.replaced-2026-13-01T08-00-00Z",
    )
    for name in (NAME, f"{NAME}-wal", *strange):
        (desk.folder / name).write_bytes(b"x")
    (desk.folder / "heard.db.replaced-2026-10-01T08-00-00Z").symlink_to(desk.folder / strange[0])
    app = at(desk, NOW, '\n[retention]\nreplaced = "20d"\n')
    (told,) = app.backups.put_aside_lines()
    assert told.startswith(f"{NAME} beside the database (0.1 MB, put aside by a restore 20 days ago) holds what was")
    assert told.endswith(" It is removed 20 days after the restore.")
    assert [file.name for file in app.backups.discard_old(NOW - timedelta(hours=5))] == []
    assert [file.name for file in app.backups.discard_old(NOW)] == [NAME]
    assert app.backups.put_aside() == ()
    assert not (desk.folder / f"{NAME}-wal").exists()
    assert all((desk.folder / name).exists() for name in strange)
    app.close()


def test_forget_says_what_a_handle_cannot_find_where_authors_are_under_pseudonyms(desk: Desk) -> None:
    assert (
        "Of what X, Bluesky and Reddit's API gave it finds nothing"
        in desk.heard("forget", "--author", "@nobody_at_all", "--dry-run").err
    )
    by_id = desk.heard("forget", "--author", "https://x.com/i/user/4711", "--dry-run")
    assert "This is an id as X gives it" in by_id.err
    (row,) = desk.heard("forget", "--author", "did:plc:aaaa", "--dry-run", "--json").rows
    assert row["pseudonyms"].startswith("This is an id as Bluesky gives it")
    (row,) = desk.heard("forget", "--before", "2020-01-01", "--dry-run", "--json").rows
    assert row["pseudonyms"] is None


def test_numbers_that_go_too_soon_for_a_figure_are_warned_of(desk: Desk) -> None:
    told = '\n[retention]\ntext = "20d"\nrollups = "20d"\n[[digest]]\nid = "monthly"\naudience = "pr"\nperiod = "month"\nat = "00:00"\n'
    told += '[[objective]]\nid = "heard-of"\nstatement = "Known"\nmeasure = { metric = "penetration", message = "hand-rolled" }\n'
    desk.write(desk.config.read_text(encoding="utf-8") + told)
    said = desk.heard("check").out
    assert "objective heard-of: its figure would be unknown or too low: it looks 28 days back" in said
    assert (
        "retention: digest monthly: the comparison with the month before would be unknown or too low: it looks 62 days "
        "back, and numbers of single mentions go after 20 days; make rollups longer"
    ) in said
    assert "digest pr-daily: the same day of the 4 weeks before" in said
    assert "digest pr-daily: the comparison with the day before" not in said
    desk.write(desk.config.read_text(encoding="utf-8").replace('rollups = "20d"', 'rollups = "92d"'))
    assert "too low" not in desk.heard("check").out


def test_the_statement_says_what_is_noticed_of_each_source_and_what_is_not(desk: Desk) -> None:
    extra = '[[source]]\nid = "x"\nconnector = "twitter"\nbearer_token_file = "token"\n'
    (desk.folder / "token").write_text("made-up")
    (desk.folder / "token").chmod(0o600)
    desk.write(desk.config.read_text(encoding="utf-8") + extra)
    said = desk.heard("compliance", "report").out
    assert (
        "x: X's compliance jobs name what is deleted, suspended, protected or deactivated; edits are not seen" in said
    )
    (row,) = desk.heard("compliance", "report", "--json").rows
    assert set(row["coverage"]) == {"blogs", "x"}
    (desk.folder / "token").unlink()
    lost = desk.heard("compliance", "report")
    assert lost.code == 0
    assert "this is not known here:" in lost.out
