"""Pictures for mail are small, true to the eye, and of the size that is told."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import pytest
import vl_convert
from numpy.typing import NDArray

from bot.charts.days import DayCount, Days, draw_days
from bot.charts.marks import Mark
from bot.charts.picture import SCALE, to_png
from bot.charts.png import compact, shown_size
from bot.charts.theme import DARK, LETTER, Theme
from tests.support.counts import FULL

FIRST = date(2026, 3, 1)
DAYS = Days(
    tuple(
        DayCount(FIRST + timedelta(days=place), place % 3, 2, place % 5, 1, looked=place != 4) for place in range(28)
    ),
    "Stories by others a day",
    marks=(Mark(FIRST + timedelta(days=9), "Press release"),),
)


def chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        kind, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", png, at + 8 + length)[0] == zlib.crc32(kind + data)
        yield kind, data
        at += 12 + length


def pixels(png: bytes) -> NDArray[np.uint8]:
    """The picture as height x width x RGBA."""
    parts = dict(chunks(png))
    width, height, _, colour = struct.unpack(">IIBB", parts[b"IHDR"][:10])
    rows = np.frombuffer(zlib.decompress(parts[b"IDAT"]), np.uint8).reshape(height, -1)
    if colour == 6:
        return np.cumsum(rows[:, 1:].reshape(height, width, 4), axis=1, dtype=np.uint8)
    palette = np.frombuffer(parts[b"PLTE"], np.uint8).reshape(-1, 3)
    alpha = np.frombuffer(parts[b"tRNS"], np.uint8).reshape(-1, 1)
    return np.concatenate([palette, alpha], axis=1)[rows[:, 1:]]


@pytest.mark.parametrize("theme", (LETTER, DARK) if FULL else (DARK,), ids=lambda theme: theme.paper)
def test_the_small_picture_looks_like_the_large_one(theme: Theme) -> None:
    large = bytes(vl_convert.vegalite_to_png(draw_days(DAYS, theme).to_dict(), scale=SCALE, allowed_base_urls=[]))
    small = compact(large)
    assert len(small) < len(large) / 5
    before, after = pixels(large).astype(int), pixels(small).astype(int)
    assert before.shape == after.shape
    assert np.abs(before - after).max() <= 60
    assert (np.abs(before - after).max(axis=2) > 8).mean() < 0.001


def test_a_charts_picture_is_small_enough_to_go_by_mail_and_sharp() -> None:
    png = to_png(draw_days(DAYS, LETTER))
    width, height = shown_size(png, SCALE)
    assert len(png) < 25_000
    assert 400 < width <= 528
    assert 150 < height < 500
    assert pixels(png).shape[:2] == (2 * height, 2 * width)


def test_the_same_chart_is_the_same_bytes_and_its_paper_is_opaque() -> None:
    png = to_png(draw_days(DAYS, LETTER))
    assert to_png(draw_days(DAYS, LETTER)) == png
    assert (pixels(png)[..., 3] == 255).all()


def test_a_picture_of_another_make_is_left_as_it_is() -> None:
    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    grey = zlib.compress(b"\0\x80\x80\x80")
    parts = ((b"IHDR", head), (b"IDAT", grey), (b"IEND", b""))
    png = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    assert compact(png) == png
