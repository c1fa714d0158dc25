"""A sheet of unique codes to print and cut: cards on A4, each with its code in groups and as a QR code.

A page of its own that needs nothing from outside: the QR codes are drawn in the page, and no script, font or picture is
fetched. Every text in it is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from urllib.parse import quote

import segno

from bot.model import IssuedCode, Offer
from bot.offers.ledger.codes import grouped

QUIET = 4
"""Modules of white around a QR code; ISO/IEC 18004 asks for four."""

_STYLE = """
@page { size: A4; margin: 12mm }
* { box-sizing: border-box }
body { margin: 0; font: 11pt/1.35 system-ui, sans-serif; color: #000; background: #fff }
h1 { font-size: 14pt; margin: 0 0 4mm }
ul { display: grid; grid-template-columns: repeat(3, 1fr); gap: 0; margin: 0; padding: 0; list-style: none }
li { border: .3mm dashed #999; margin: -.15mm; padding: 4mm 3mm; text-align: center; break-inside: avoid }
svg { display: block; width: 32mm; height: 32mm; margin: 0 auto 1mm }
strong { display: block; font: 700 11pt/1.3 ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere }
.name, .place { display: block; font-size: 9pt; overflow-wrap: anywhere }
@media screen { body { max-width: 186mm; margin: 12mm auto } }
"""


def sheet(offer: Offer, codes: Iterable[IssuedCode], *, link: str | None = None) -> Iterator[str]:
    """The page in pieces, so that 100,000 codes need no memory.

    ``link`` is the address that a QR code leads to, the code at its end; without it, it holds the code alone.
    """
    name = escape(offer.name)
    yield (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{name}: codes</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{name}</h1>\n<ul>\n"
    )
    for code in codes:
        printed = code.printed or code.code.upper()
        place = f'<span class="place">{escape(code.placement)}</span>' if code.placement else ""
        picture = _picture(printed if link is None else link + quote(printed, safe=""), printed)
        yield (
            f'<li>{picture}<strong>{escape(grouped(printed))}</strong><span class="name">{name}</span>{place}</li>\n'
        )
    yield "</ul>\n</body>\n</html>\n"


def _picture(content: str, printed: str) -> str:
    """A QR code as SVG; error correction M, which bears a crease."""
    drawn = segno.make(content, error="m", micro=False).svg_inline(
        border=QUIET, omitsize=True, svgclass=None, lineclass=None
    )
    return drawn.replace("<svg ", f'<svg role="img" aria-label="QR code of {escape(grouped(printed))}" ', 1)
