"""The HTML digest in a real browser, at desktop and phone width: nothing overflows, nothing is fetched, all is readable."""

from __future__ import annotations

import html
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.demo import demo_folder
from tests.support.services import chromium

pytestmark = pytest.mark.chromium

PROBE = """
<!doctype html><meta charset="utf-8">
<iframe id="page" width="{width}" height="900" srcdoc="{page}"></iframe>
<script>
addEventListener('load', () => {{
  const page = document.getElementById('page').contentDocument, view = document.getElementById('page').contentWindow;
  const texts = [...page.querySelectorAll('body *')].filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()));
  const shown = texts.filter(e => e.getClientRects().length);
  document.body.dataset.found = JSON.stringify({{
    width: page.documentElement.scrollWidth,
    fetched: view.performance.getEntriesByType('resource').map(e => e.name),
    smallest: Math.min(...shown.map(e => parseFloat(view.getComputedStyle(e).fontSize))),
    clipped: shown.filter(e => e.getBoundingClientRect().right > {width} + 1).map(e => e.textContent.trim().slice(0, 40)),
    scripts: page.scripts.length,
    lang: page.documentElement.lang,
    headings: page.querySelectorAll('h1').length,
  }});
}});
</script>
"""


@pytest.fixture(scope="module")
def digests(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's digests."""
    return demo_folder(tmp_path_factory) / "digests"


@pytest.mark.parametrize("report", ["pr-weekly", "community-weekly"])
@pytest.mark.parametrize("width", [390, 1280])
def test_a_digest_fits_its_reader(digests: Path, tmp_path: Path, report: str, width: int) -> None:
    page = (digests / f"{report}-2026-03-15.html").read_text(encoding="utf-8")
    found = _look(page, width, tmp_path)
    assert found["width"] <= width, "nobody has to scroll sideways"
    assert found["clipped"] == []
    assert found["fetched"] == [], "nothing is fetched from anywhere"
    assert found["scripts"] == 0
    assert found["smallest"] >= 11, "the smallest print can be read"
    assert (found["lang"], found["headings"]) == ("en", 1)


def _look(page: str, width: int, folder: Path) -> dict[str, Any]:
    """What a headless Chromium sees in a frame of that width (a phone's window cannot be had directly)."""
    probe = folder / "probe.html"
    probe.write_text(PROBE.format(width=width, page=html.escape(page)), encoding="utf-8")
    flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--virtual-time-budget=5000",
        "--dump-dom",
    ]
    done = subprocess.run(
        [chromium(), *flags, f"--user-data-dir={folder / 'profile'}", "--window-size=1400,1000", probe.as_uri()],
        check=True, capture_output=True, text=True, timeout=90,
    )  # fmt: skip
    match = re.search(r'data-found="([^"]*)"', done.stdout)
    assert match, "the page did not load"
    found: dict[str, Any] = json.loads(html.unescape(match[1]))
    return found
