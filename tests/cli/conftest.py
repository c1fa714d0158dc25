"""A listening desk that has collected once, for every test that only reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.database import empty_database
from tests.support.desk import Desk, feeds_config, serve_stories
from tests.support.feedserver import FeedServer


@pytest.fixture(scope="session")
def server() -> Iterator[FeedServer]:
    with FeedServer() as running:
        yield running


@pytest.fixture(scope="session")
def collected(server: FeedServer, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """One good feed and one that is missing, polled once. Read only: others look at it too."""
    desk = Desk(tmp_path_factory.mktemp("desk"))
    desk.write(feeds_config(serve_stories(server), server.url("/missing.xml")))
    assert desk.heard("collect", "--json").code == 1
    return desk


@pytest.fixture
def desk(server: FeedServer, tmp_path: Path) -> Desk:
    """A desk of one's own with one good feed, not yet polled."""
    desk = Desk(tmp_path)
    empty_database(tmp_path)
    desk.write(feeds_config(serve_stories(server)))
    return desk
