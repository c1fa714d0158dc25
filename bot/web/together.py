"""How several web processes count together: the client library's own way, a folder of files that all of them write."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

TOGETHER = "PROMETHEUS_MULTIPROC_DIR"
"""The library's own name for it. It looks once, as it is imported: so this module imports nothing of it."""


@contextmanager
def counting_together() -> Iterator[None]:
    """Processes that are started inside count together from nothing; the files go at the end."""
    with TemporaryDirectory(prefix="heard-metrics-") as folder:
        os.environ[TOGETHER] = folder  # noqa: TID251 not Heard's configuration, but how the library is told
        try:
            yield
        finally:
            del os.environ[TOGETHER]  # noqa: TID251 as above


def counted_in() -> str | None:
    """The folder in which this process counts; None where it counts alone."""
    return os.environ.get(TOGETHER)  # noqa: TID251 as above
