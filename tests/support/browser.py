"""A real headless Chromium for tests of pages: one browser a module, and a page that keeps watch over itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

from tests.support.services import chromium

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]

CLIPPED = """() => {
  const edge = document.documentElement.clientWidth;
  const scrolls = e => { for (; e; e = e.parentElement) if (/auto|scroll/.test(getComputedStyle(e).overflowX)) return true; };
  return [...document.querySelectorAll('body *')]
    .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) && e.getClientRects().length)
    .filter(e => !e.closest('.visually-hidden') && !scrolls(e.parentElement) && e.getBoundingClientRect().right > edge + 1)
    .map(e => e.textContent.trim().slice(0, 60));
}"""


@contextmanager
def headless() -> Iterator[Browser]:
    """A browser without a window; skips the test, or fails it where it is required, when there is none."""
    path = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visit:
    """One visitor's window: its page, and what went wrong in it."""

    context: BrowserContext
    page: Page
    home: str
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        """Opens an address of the site."""
        self.page.goto(self.home + path)
        return self.page

    def check(self) -> None:
        """Nothing overflows, nothing was complained of (the strict policy included), no other host was asked."""
        width = self.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert width[0] <= width[1], f"somebody has to scroll sideways: {width}"
        assert self.page.evaluate(CLIPPED) == []
        assert self.complaints == []
        assert self.strangers == []

    def violations(self) -> list[str]:
        """What axe finds against WCAG 2.2 A and AA, in a line each."""
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
        found: dict[str, Any] = (
            Axe().run(self.page, options={"runOnly": {"type": "tag", "values": tags}, "resultTypes": ["violations"]})
        ).response
        return [
            f"{rule['id']}: {node['html'][:160]} ({node.get('failureSummary', '')[:200]})"
            for rule in found["violations"]
            for node in rule["nodes"]
        ]


@contextmanager
def visit(browser: Browser, home: str, **options: Any) -> Iterator[Visit]:
    """A fresh window on the site at ``home``; ``options`` are those of ``Browser.new_context``."""
    context = browser.new_context(**{"viewport": PHONE, "reduced_motion": "reduce", **options})
    page = context.new_page()
    visitor = Visit(context, page, home.rstrip("/"))
    host = urlsplit(home).netloc

    def asked(request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.netloc != host:
            visitor.strangers.append(request.url)

    page.on("request", asked)
    page.on("console", lambda said: visitor.complaints.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
    try:
        yield visitor
    finally:
        context.close()
