"""Runs the demo: two weeks of a made-up brand, polled, scored, redeemed and told by the very code that runs
unattended.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from bot.clock import ManualClock
from bot.demo.platforms import Platforms
from bot.errors import ConfigError
from bot.model import Claim, Digest, Door, IssuedCode, ScoredMention
from bot.offers.ledger.codes import code_key
from bot.wiring import App
from config.settings import load_settings

START = datetime(2026, 3, 1, 19, 0, tzinfo=UTC)
END = datetime(2026, 3, 16, 7, 30, tzinfo=UTC)
EVENING = datetime(2026, 3, 15, 18, 0, tzinfo=UTC)
"""When the pages are looked at: all is redeemed, and the day is not over."""
STEP = timedelta(hours=12)
MARK = "made by: heard demo"

Progress = Callable[[int, int, str], None]
"""Called with steps done, steps in all, and what is being done."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the demo made: the folder, the digests of the last week as bodies by report, and what it counted.

    ``scored`` of the ``mentions`` have a score: of the others the tone is not known.
    """

    folder: Path
    config: Path
    digests: Mapping[str, Digest]
    polls: int
    failed_polls: int
    fetched: int
    mentions: int
    scored: int
    last_day: date
    explain: str


@dataclass(frozen=True, slots=True)
class _Redemption:
    at: datetime
    code: str
    placement: str | None
    customer: str | None
    key: str


def run_demo(folder: Path, progress: Progress) -> Outcome:
    """The whole main job into a fresh ``folder``. Raises ConfigError when the folder holds something else."""
    packaged = resources.files("config") / "demo"
    config = _prepare(folder, packaged)
    settings = load_settings(config)
    # Only the demo's stand-ins on this machine may be reached.
    settings = replace(settings, http=settings.http.model_copy(update={"allow_networks": ("127.0.0.0/8",)}))
    clock = ManualClock(START)
    with Platforms(packaged / "captures", clock) as platforms:
        app = App(settings, clock, rebase=platforms.rebase)
        try:
            _issue(app, packaged)
            return _live_through(app, clock, _redemptions(packaged), progress, folder)
        finally:
            app.close()


def _live_through(
    app: App, clock: ManualClock, redemptions: list[_Redemption], progress: Progress, folder: Path
) -> Outcome:
    """Moves the clock from poll to poll; redemptions happen in between, at their own times."""
    steps = int((END - START) / STEP) + 1
    polls = failed = fetched = 0
    for step in range(steps + 1):
        now = min(START + step * STEP, END)
        while redemptions and redemptions[0].at <= now:
            _redeem(app, clock, redemptions.pop(0))
        clock.set(now)
        progress(step, steps, f"listening, {now:%A %d %B}")
        for report in app.listening.collect(app.listening.due()):
            polls, failed, fetched = polls + 1, failed + bool(report.error), fetched + report.fetched
        app.listening.score()
        app.tracing.look()
        app.alarms.look()
        app.telling.publish_due()
        app.telling.deliver()
    kept = list(app.store.mentions())
    last = {digest.report: digest for digest, _ in reversed(app.store.digests(50))}
    stories = last["pr-weekly"].body["stories"]
    return Outcome(
        folder=folder,
        config=folder / "heard.toml",
        digests=last,
        polls=polls,
        failed_polls=failed,
        fetched=fetched,
        mentions=len(kept),
        scored=sum(isinstance(one, ScoredMention) and one.score.score is not None for one in kept),
        last_day=(END - timedelta(days=1)).date(),
        explain=stories[0]["lead"] if stories else "ID",
    )


def _issue(app: App, packaged: Traversable) -> None:
    """The cards that lie in parcels. Their codes are the same in each demo: a made-up post gives one of them away."""
    rows = csv.DictReader((packaged / "codes.csv").read_text(encoding="utf-8").splitlines())
    codes = [IssuedCode(code_key(row["code"]), row["placement"], printed=row["code"].replace("-", "")) for row in rows]
    app.store.issue("parcel-card", codes, START)


def _redeem(app: App, clock: ManualClock, one: _Redemption) -> None:
    clock.set(one.at)
    app.counting.redeem(Claim(one.code, placement=one.placement, customer=one.customer, key=one.key, door=Door.TILL))


def _redemptions(packaged: Traversable) -> list[_Redemption]:
    rows = csv.DictReader((packaged / "redemptions.csv").read_text(encoding="utf-8").splitlines())
    found = [
        _Redemption(
            at=datetime.fromisoformat(row["at"]).astimezone(UTC),
            code=row["code"],
            placement=row["placement"] or None,
            customer=row["customer"] or None,
            key=f"till-{number:04}",
        )
        for number, row in enumerate(rows, start=1)
    ]
    return sorted(found, key=lambda one: one.at)


def _prepare(folder: Path, packaged: Traversable) -> Path:
    """A fresh folder with the demo's configuration and its made-up credentials; an earlier demo's is replaced."""
    marker = folder / "README.txt"
    if folder.exists():
        if not marker.is_file() or MARK not in marker.read_text(encoding="utf-8"):
            raise ConfigError(f"{folder} holds something that no demo made; name another folder with --folder")
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    marker.write_text(f"{MARK}. A made-up brand; delete this folder whenever you like.\n", encoding="utf-8")
    config = folder / "heard.toml"
    config.write_text((packaged / "heard.toml").read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "made-up-credential.txt").write_text("made-up\n", encoding="utf-8")
    return config
