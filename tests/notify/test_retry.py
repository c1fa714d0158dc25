from __future__ import annotations

import errno
from datetime import UTC, datetime, timedelta

import pytest
import requests

from bot.http import AddressRefused, Http, HttpLimits, TooSlow
from bot.notify.retry import (
    AGAIN,
    DOUBT,
    FINAL,
    Outlook,
    asked_for,
    outlook_of,
    worth_retrying_file,
    worth_retrying_reply,
    worth_retrying_status,
)
from bot.waits import Unsent

NOW = datetime(2026, 3, 2, 7, tzinfo=UTC)


@pytest.mark.parametrize(("code", "again"), [(421, True), (450, True), (451, True), (452, True), (499, True), (-1, True),
                                            (200, True), (500, False), (530, False), (535, False), (550, False), (599, False)])  # fmt: skip
def test_replies_of_4xx_pass_and_those_of_5xx_last(code: int, again: bool) -> None:
    assert worth_retrying_reply(code) is again


@pytest.mark.parametrize(("number", "again"), [(errno.ENOSPC, True), (errno.EIO, True), (errno.EDQUOT, True),
                                              (errno.EACCES, False), (errno.EEXIST, False), (errno.EROFS, False), (errno.ENOTDIR, False)])  # fmt: skip
def test_a_full_disk_passes_and_missing_rights_wait_for_a_person(number: int, again: bool) -> None:
    assert worth_retrying_file(OSError(number, "no")) is again


@pytest.mark.parametrize(("status", "again"), [(408, True), (425, True), (429, True), (500, True), (503, True), (599, True),
                                               (301, False), (304, False), (400, False), (401, False), (403, False),
                                               (404, False), (409, False), (410, False), (422, False), (451, False)])  # fmt: skip
def test_statuses_that_ask_for_patience_pass_and_the_others_last(status: int, again: bool) -> None:
    assert worth_retrying_status(status) is again


@pytest.mark.parametrize(
    ("error", "chat", "webhook"),
    [
        (Unsent("refused"), AGAIN, AGAIN),
        (requests.ConnectTimeout("slow"), AGAIN, AGAIN),
        (requests.exceptions.SSLError("not trusted"), AGAIN, AGAIN),
        (requests.ReadTimeout("slow"), DOUBT, AGAIN),
        (TooSlow("slow"), DOUBT, AGAIN),
        (requests.ConnectionError("aborted"), DOUBT, DOUBT),
        (requests.exceptions.ChunkedEncodingError("broke off"), DOUBT, DOUBT),
        (AddressRefused("inward"), FINAL, FINAL),
        (requests.exceptions.InvalidURL("none"), FINAL, FINAL),
    ],
)
def test_silence_is_in_doubt_only_where_something_was_sent(
    error: requests.RequestException, chat: Outlook, webhook: Outlook
) -> None:
    assert outlook_of(error, safe_to_repeat=False) == chat
    assert outlook_of(error, safe_to_repeat=True) == webhook


def test_our_session_says_when_nothing_was_sent() -> None:
    with Http(HttpLimits(allow_networks=("127.0.0.0/8",))) as http, http.session() as session:
        for nowhere in ("http://127.0.0.1:1/", "http://no-such-host.invalid/"):
            with pytest.raises(Unsent):
                session.post(nowhere, data=b"x")


@pytest.mark.parametrize(
    ("header", "wait"),
    [("0", timedelta(0)), ("90", timedelta(seconds=90)), ("9" * 40, None), ("99999999", timedelta(days=1)),
     ("-5", None), ("soon", None), ("", None), (None, None), ("Mon, 02 Mar 2026 08:00:00 GMT", timedelta(hours=1)),
     ("Mon, 02 Mar 2020 08:00:00 GMT", timedelta(0))],
)  # fmt: skip
def test_retry_after_is_kept_up_to_a_day(header: str | None, wait: timedelta | None) -> None:
    assert asked_for(header, NOW) == (None if wait is None else NOW + wait)
