"""Draws a digest as a PDF of A4 pages, with typst. Adds and drops nothing. Needs the extra ``export``.

The page goes to typst as data (JSON in ``sys.inputs``), never as markup, so that nothing that somebody wrote is run as
any. Nothing is read from the disk or fetched; fonts come with typst, and letters that they lack from the system's.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Literal

import typst

from bot.digest.forms.layout import Page
from bot.errors import HeardError

log = logging.getLogger("heard.pdf")

PDFStandard = Literal["ua-1"]
TAGGED: PDFStandard = "ua-1"
"""PDF/UA-1: headings, tables and the order of reading are told to those who do not see the page."""


def render_pdf(page: Page, charts: Mapping[str, bytes] | None = None, written_at: datetime | None = None) -> bytes:
    """The PDF of a page. ``charts`` are PNG by the names that the page's sections give them; the others stand as words.

    ``written_at`` dates the file, so that the same digest makes the same file. Raises HeardError when typst cannot set
    it.
    """
    told = asdict(page) | {"charts": {name: list(png) for name, png in (charts or {}).items()}}
    moment = written_at.replace(microsecond=0) if written_at else None
    try:
        return _set(json.dumps(told, ensure_ascii=False), TAGGED, moment)
    except typst.TypstError as error:
        # The standard forbids letters that no font here has; a page with a box in place of one is better than none.
        log.info("pdf is not %s: %s", TAGGED, error.message)
    try:
        return _set(json.dumps(told, ensure_ascii=False), None, moment)
    except typst.TypstError as error:
        raise HeardError(f"the PDF could not be set: {error.message}") from error


def _set(page: str, standard: PDFStandard | None, moment: datetime | None) -> bytes:
    made = typst.compile(_template(), format="pdf", sys_inputs={"page": page}, pdf_standards=standard, timestamp=moment)
    if not isinstance(made, bytes):
        raise HeardError("the PDF could not be set: nothing came of it")
    return made


@cache
def _template() -> bytes:
    return files("bot.digest").joinpath("templates/digest.typ").read_bytes()
