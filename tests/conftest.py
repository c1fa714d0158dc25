"""Guards that hold for every test: no network beyond loopback, no host configuration."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from hypothesis import settings
from pytest_socket import socket_allow_hosts

from tests.support.counts import examples

# Machines are noisy: a property test fails for what it finds, not for how long one example took.
settings.register_profile("heard", deadline=None, max_examples=examples(100))
settings.load_profile("heard")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What may take long (it has a timeout of its own) begins first, so that no worker waits for it at the end."""
    items.sort(key=lambda item: item.get_closest_marker("timeout") is None)


@pytest.fixture(autouse=True)
def _loopback_only() -> None:
    """Sockets may only reach this machine: a test that calls out fails."""
    socket_allow_hosts(["127.0.0.1", "localhost", "::1"], allow_unix_socket=True)


@pytest.fixture(autouse=True)
def _no_host_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests see none of the person's own settings or proxies."""
    for name in ("HEARD_CONFIG", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """A command run in this process sets up logging; the next test finds it as it was."""
    loggers = [logging.getLogger(), *(logging.getLogger(name) for name in tuple(logging.root.manager.loggerDict))]
    before = [(logger, logger.level) for logger in loggers]
    yield
    for logger, level in before:
        logger.setLevel(level)
    for handler in tuple(logging.root.handlers):
        if type(handler) is logging.StreamHandler:  # the command's own; pytest's are of other kinds
            logging.root.removeHandler(handler)
