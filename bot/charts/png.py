"""Makes PNG files small: a chart has few colours, and a mail carries every byte of it by a third more.

vl-convert writes four bytes a pixel, compressed for speed. A palette and thorough compression leave about a tenth.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_RGBA = (8, 6, 0, 0, 0)
"""Bits, colour type, compression, filter method, interlace: what vl-convert writes."""
_SUB = 1
_PALETTE = 256


def compact(png: bytes) -> bytes:
    """The same picture with at most 256 colours: rarer ones, which only soften edges, become their nearest neighbours.

    A PNG of another make than vl-convert's is returned as it is.
    """
    chunks = list(_chunks(png))
    width, height, *make = struct.unpack(">IIBBBBB", chunks[0][1])
    rows = np.frombuffer(zlib.decompress(b"".join(data for kind, data in chunks if kind == b"IDAT")), np.uint8)
    if tuple(make) != _RGBA or (rows := rows.reshape(height, -1))[:, 0].tolist() != [_SUB] * height:
        return png
    # Each byte is the difference to the pixel before.
    pixels = np.cumsum(rows[:, 1:].reshape(height, width, 4), axis=1, dtype=np.uint8)
    palette, places = _reduced(pixels)
    lines = np.concatenate([np.zeros((height, 1), np.uint8), places.reshape(height, width)], axis=1)
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        *((kind, data) for kind, data in chunks if kind == b"pHYs"),
        (b"PLTE", palette[:, :3].tobytes()),
        (b"tRNS", palette[:, 3].tobytes()),
        (b"IDAT", zlib.compress(lines.tobytes(), 9)),
        (b"IEND", b""),
    ]
    return _SIGNATURE + b"".join(map(_chunk, *zip(*parts, strict=True)))


def shown_size(png: bytes, scale: float) -> tuple[int, int]:
    """Width and height as shown of a picture that was drawn with ``scale`` pixels for each of its own."""
    width, height = struct.unpack(">II", next(_chunks(png))[1][:8])
    return round(width / scale), round(height / scale)


def _reduced(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The palette, most frequent colour first, and each pixel's place in it."""
    packed = np.ascontiguousarray(pixels).view(np.uint32).ravel()
    colours, where, counts = np.unique(packed, return_inverse=True, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    known = colours[order].view(np.uint8).reshape(-1, 4)
    palette = known[:_PALETTE]
    distance = np.abs(known[:, None, :].astype(np.int16) - palette[None, :, :]).sum(axis=2)
    place = np.empty(len(colours), np.uint8)
    place[order] = distance.argmin(axis=1)
    return palette, place[where]


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    start = len(_SIGNATURE)
    while start < len(png):
        (length,) = struct.unpack_from(">I", png, start)
        yield png[start + 4 : start + 8], png[start + 8 : start + 8 + length]
        start += 12 + length


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
