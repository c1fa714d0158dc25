"""Feed addresses out of an OPML file, the way every feed reader exports its list."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

from bot.errors import ConfigError


def read_opml(path: str, where: str) -> Iterator[str]:
    """The ``xmlUrl`` of each outline, in order. Raises ConfigError when the file cannot be read or holds no feed."""
    try:
        # expat stops entity bombs itself, and the file is one that the person named.
        root = ET.fromstring(Path(path).read_bytes())  # noqa: S314
    except OSError as error:
        raise ConfigError(f"{where}: opml: {path} cannot be read ({error.strerror})") from error
    except (ET.ParseError, ValueError, LookupError) as error:
        raise ConfigError(f"{where}: opml: {path} is not valid OPML: {error}") from error
    found = False
    for outline in root.iter("outline"):
        address = next((value for name, value in outline.attrib.items() if name.lower() == "xmlurl"), "").strip()
        if address:
            found = True
            yield address
    if not found:
        raise ConfigError(f"{where}: opml: {path} names no feed (no outline has an xmlUrl)")
