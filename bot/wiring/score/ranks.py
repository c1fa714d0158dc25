"""Lists of how high sites rank, as they are published: CrUX (``origin,rank``) and Tranco (``1,example.org``)."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path

from bot.errors import ConfigError
from bot.score.reach import Ranks, host_of


def read_ranks(path: Path) -> Ranks:
    """The ranks of a list, the best of each host. Raises ConfigError when it cannot be read or holds none.

    A list of a million sites takes about two seconds and 200 MB; one cut to the sites that matter does as well.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ConfigError(f"{path} ([score] ranks) cannot be read: {reason}") from error
    ranks: dict[str, int] = {}
    for host, rank in _rows(text):
        if rank < ranks.get(host, rank + 1):
            ranks[host] = rank
    if not ranks:
        raise ConfigError(f"{path} ([score] ranks) names no site: write 'https://example.org,1000' or '1,example.org'")
    return Ranks(ranks, hashlib.sha256(text.encode()).hexdigest()[:12])


def _rows(text: str) -> Iterator[tuple[str, int]]:
    """Host and rank of each line that has both, in either order; a heading has neither."""
    for row in csv.reader(text.splitlines()):
        if len(row) < 2:  # noqa: PLR2004 a rank and a site
            continue
        first, second = row[0].strip(), row[1].strip()
        rank, site = (first, second) if first.isdecimal() else (second, first)
        host = host_of(site if "//" in site else f"//{site}")
        if rank.isdecimal() and int(rank) > 0 and host:
            yield host, int(rank)
