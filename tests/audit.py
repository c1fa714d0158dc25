"""Holds the pinned dependencies against the published advisories: ``make audit``, a step of ``.ci/run``.

Fails where an advisory names a pinned version, where the pins do not fit together, and where pip-audit fails by itself.
Where the advisories cannot be had (no network, or an index that has none) nothing was audited: that is said in words that
nobody overlooks, and passes, unless ``HEARD_REQUIRE`` names ``advisories``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

LOCK = Path(__file__).parents[1] / "requirements.lock"
UNREACHABLE = ("ConnectionError", "ServiceError", "Could not connect", "Max retries exceeded", "timed out", "Timeout")
"""What pip-audit says when it could not ask."""


@dataclass(frozen=True)
class Audit:
    """What came of it: advisories in words, packages that were asked about, and those that nobody knows of."""

    found: tuple[str, ...]
    asked: int
    unknown: tuple[str, ...]


def read_report(text: str) -> Audit:
    """The report of pip-audit. Raises ValueError for what is none."""
    rows = json.loads(text)["dependencies"]
    found = tuple(
        f"{row['name']} {row['version']}: {one['id']}, mended in {', '.join(one['fix_versions']) or 'no version yet'}"
        for row in rows
        for one in row.get("vulns", ())
    )
    unknown = tuple(row["name"] for row in rows if "skip_reason" in row)
    return Audit(found, len(rows) - len(unknown), unknown)


def verdict(report: str, complaints: str, *, required: bool) -> tuple[int, str]:
    """The exit status, and what to say, for what pip-audit printed and complained of."""
    try:
        audit = read_report(report)
    except (ValueError, KeyError, TypeError):
        if not any(sign in complaints for sign in UNREACHABLE):
            return 1, f"pip-audit failed:\n{complaints}"
        audit = Audit((), 0, ())
    if audit.found:
        return 1, "\n".join(("Known vulnerabilities in pinned dependencies:", *audit.found))
    if not audit.asked:
        loud = (
            "!! NOTHING WAS AUDITED: no advisory could be had here. Run 'make audit' where the network reaches them. !!"
        )
        return int(required), f"{'!' * len(loud)}\n{loud}\n{'!' * len(loud)}"
    said = f"{audit.asked} pinned dependencies audited, no known vulnerability."
    return 0, said + (f" Not audited: {', '.join(audit.unknown)}." if audit.unknown else "")


def main() -> int:
    """Runs pip's own check of the pins, then the audit."""
    fits = subprocess.run([sys.executable, "-m", "pip", "check"], check=False)
    words = ["-r", str(LOCK), "--no-deps", "--disable-pip", "-f", "json", "--progress-spinner", "off"]
    audit = subprocess.run(
        [sys.executable, "-m", "pip_audit", *words], check=False, capture_output=True, text=True, encoding="utf-8"
    )
    required = "advisories" in os.environ.get("HEARD_REQUIRE", "").split(",")
    status, said = verdict(audit.stdout, audit.stderr, required=required)
    sys.stdout.write(f"{said}\n")
    return status or fits.returncode


if __name__ == "__main__":
    sys.exit(main())
