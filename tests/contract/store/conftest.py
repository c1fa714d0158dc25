"""The stores that the contract holds for; a further implementation is a further line in ``DATABASES``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.ports import Store
from bot.store.sqlite import open_store

OpenStore = Callable[[], Store]


def _sqlite(folder: Path) -> OpenStore:
    return lambda: open_store(folder / "heard.db")


DATABASES = {"sqlite": _sqlite}


@pytest.fixture(params=sorted(DATABASES))
def open_again(request: pytest.FixtureRequest, tmp_path: Path) -> OpenStore:
    """Opens the same database once more, as another program would."""
    return DATABASES[request.param](tmp_path)


@pytest.fixture
def store(open_again: OpenStore) -> Iterator[Store]:
    opened = open_again()
    yield opened
    opened.close()
