"""The text of an OPML file as it was meant: files in the wild have wrong encodings, bare ampersands, HTML's
entities.
"""

from __future__ import annotations

import html
import re

from bot.errors import ConfigError

MOST_BYTES = 10 * 2**20
"""Ten thousand feeds take about three of them."""

_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_BARE_UTF16 = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
_ENCODING = re.compile(rb"\s*<\?xml\b[^<>]*\sencoding\s*=\s*[\"']([\w.:-]+)[\"']")
_DECLARATION = re.compile(r"\A\s*<\?xml\b[^<>]*\?>")
_IMPOSSIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[\da-fA-F]{1,6});)(?:[A-Za-z]\w{1,31};)?")


def decoded(body: bytes) -> str:
    """The text: by byte order mark, else as declared, else UTF-8; what is no such text is taken for windows-1252.

    Raises ConfigError when it is too large, or declares an encoding that nobody knows.
    """
    if len(body) > MOST_BYTES:
        raise ConfigError(f"it is larger than {MOST_BYTES // 2**20} MiB; split it")
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body.removeprefix(mark).decode(encoding, "replace")
    for sign, encoding in _BARE_UTF16:
        if body.startswith(sign):
            return body.decode(encoding, "replace")
    declared = _ENCODING.match(body)
    encoding = declared[1].decode("ascii", "replace") if declared else "utf-8"
    try:
        return body.decode(encoding)
    except LookupError as error:
        raise ConfigError(f"nobody knows its encoding '{encoding}'") from error
    except ValueError:
        return body.decode("windows-1252", "replace")


def mended(text: str) -> str:
    """The text made fit for an XML parser, its lines where they were.

    The declaration goes, because the text is decoded already; every ampersand stands for itself or for a character.
    """
    text = _DECLARATION.sub(lambda found: "\n" * found[0].count("\n"), text, count=1)
    return _AMPERSAND.sub(_meant, _IMPOSSIBLE.sub("", text))


def _meant(found: re.Match[str]) -> str:
    return html.escape(html.unescape(found[0]))
