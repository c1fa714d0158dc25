"""The digest on paper, read back by pypdf."""

from __future__ import annotations

import io
import struct
import sys
import zlib
from dataclasses import replace

import pypdf
import pytest

from bot.digest.compose import compose
from bot.digest.forms.layout import Page, Picture, Piece, Quote, Section, lay_out
from bot.digest.forms.pdf import render_pdf
from bot.errors import ConfigError
from bot.wiring.export.exporting import digest_pdf
from tests.digest import sample

HOSTILE = (
    '#eval("1+1") #read("/etc/passwd") $x$ *bold* _it_ `raw` = heading <label> @ref \\ // /* #image("/etc/hostname") '
    "]] }} #let page = none #panic() \u202egnp\u202c \u200b مرحبا שלום 漢字 👩‍👩‍👧 " + "x" * 300
)


def read(pdf: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(pdf))


def words(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in read(pdf).pages).split())


def a_png() -> bytes:
    """The smallest picture that there is."""

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0\xa8\x36\x1c")
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", body) + part(b"IEND", b"")


def a_page(text: str, picture: Picture | None = None) -> Page:
    quote = Quote(text, text, None, against=True)
    section = Section("stories", text, (Piece("1", text, None, text, text, quote),), picture=picture)
    return Page("Brand", "Digest", "Monday", text, text, (section,), (text,))


@pytest.fixture(scope="module", params=["pr", "community"])
def made(request: pytest.FixtureRequest) -> tuple[Page, bytes]:
    given = sample.given() if request.param == "pr" else sample.given(report=sample.COMMUNITY)
    page = lay_out(compose(given))
    return page, render_pdf(page, written_at=sample.NOW)


def test_everything_on_the_page_is_in_the_pdf(made: tuple[Page, bytes]) -> None:
    page, pdf = made
    told = words(pdf)
    for section in page.sections:
        assert section.title in told
        for piece in section.pieces:
            assert piece.headline[:30] in told
        for line in section.lines:
            assert line.text[:40] in told
    assert page.foot[0][:40] in told


def test_it_is_a4_titled_tagged_and_tells_its_language_with_fonts_embedded(made: tuple[Page, bytes]) -> None:
    page, pdf = made
    file = read(pdf)
    assert (file.metadata.title, file.metadata.author) == (page.subject_line, "Heard")
    root = file.trailer["/Root"]
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("en", True)
    assert b"pdfuaid" in root["/Metadata"].get_data(), "PDF/UA"
    width, height = (round(float(side)) for side in file.pages[0].mediabox[2:])
    assert (width, height) == (595, 842)
    for page_of_it in file.pages:
        for font in page_of_it["/Resources"]["/Font"].values():
            for part in font.get_object()["/DescendantFonts"]:
                descriptor = part.get_object()["/FontDescriptor"]
                assert {"/FontFile2", "/FontFile3"} & set(descriptor)


def test_links_lead_to_the_web_only(made: tuple[Page, bytes]) -> None:
    notes = [note.get_object() for page in read(made[1]).pages for note in page.get("/Annots", ())]
    assert notes
    assert all(str(note["/A"]["/URI"]).startswith(("http://", "https://")) for note in notes)


def test_the_same_digest_makes_the_same_file() -> None:
    page = a_page("one")
    assert render_pdf(page, written_at=sample.NOW) == render_pdf(page, written_at=sample.NOW)


def test_what_somebody_wrote_is_words_and_never_markup() -> None:
    pdf = render_pdf(a_page(HOSTILE))
    told = words(pdf)
    for part in ('#eval("1+1")', '#read("/etc/passwd")', "*bold*", "$x$", "<label>", "@ref", "#panic()", "`raw`"):
        assert part in told, part
    assert "root:" not in told
    assert read(pdf).trailer["/Root"]["/MarkInfo"]["/Marked"].value, "a letter that no font has costs no structure"
    assert len(read(pdf).pages) < 4


def test_a_chart_stands_in_its_place_with_its_words_and_without_it_the_words_alone() -> None:
    picture = Picture("volume", "Stories a day rise from 2 to 9.")
    drawn, bare = (render_pdf(a_page("x", picture), charts) for charts in ({"volume": a_png()}, None))
    assert len(read(drawn).pages[0].images) == 1
    assert "rise from 2 to 9" not in words(drawn)
    assert "rise from 2 to 9" in words(bare)


def test_an_empty_page_is_a_page() -> None:
    page = replace(a_page("x"), sections=(), foot=())
    assert len(read(render_pdf(page)).pages) == 1


def test_without_typst_the_command_that_mends_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    monkeypatch.delitem(sys.modules, "bot.digest.forms.pdf", raising=False)
    with pytest.raises(ConfigError, match=r"pip install 'heard\[export\]'"):
        digest_pdf(compose(sample.given()))
