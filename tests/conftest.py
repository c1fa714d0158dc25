"""Guards that hold for every test: no network beyond loopback, no host configuration."""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import sys
from collections.abc import Generator, Iterator

import pytest
from hypothesis import settings
from pytest_socket import socket_allow_hosts

from tests.support.counts import examples

# Machines are noisy: a property test fails for what it finds, not for how long one example took.
settings.register_profile("heard", deadline=None, max_examples=examples(100))
settings.load_profile("heard")

# The tests start the command some hundred times: what Python compiled is kept, or it would be compiled each time.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Processes that tests kill are forked from one that has loaded what they need. There is one for all of them, and what it
# loads is what it is told before it starts, by whichever test is first: so it is told here.
multiprocessing.set_forkserver_preload(["tests.walk.warm"])


LONG = ("tests/walk/", "tests/demo/", "tests/browser/", "tests/cli/test_run.py", "tests/test_scheduler.py")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What may take long (it has a timeout of its own, or is known to) begins first: no worker waits for it at the end."""
    items.sort(key=lambda item: (item.get_closest_marker("timeout") is None, not item.nodeid.startswith(LONG)))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is loaded before the first test stays until the last: garbage is looked for only in what the tests make."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


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
    if logging.getLogger("heard").level:  # a fixture that several tests share has run one
        logging.getLogger("heard").setLevel(logging.NOTSET)
    known = tuple(logging.root.manager.loggerDict.values())
    loggers = [logging.root, *(logger for logger in known if isinstance(logger, logging.Logger))]
    before = [(logger, logger.level) for logger in loggers]
    yield
    for logger, level in before:
        if logger.level != level:  # setting one clears what every logger has kept
            logger.setLevel(level)
    for handler in tuple(logging.root.handlers):
        if type(handler) is logging.StreamHandler:  # the command's own; pytest's are of other kinds
            logging.root.removeHandler(handler)


@pytest.fixture(autouse=True)
def _no_secrets_of_other_tests() -> None:
    """What one test read as a secret is an ordinary word in the next."""
    secrets = sys.modules.get("config.secrets")
    if secrets is not None:
        secrets._read.clear()
