from __future__ import annotations

import errno

import pytest

from bot.notify.retry import worth_retrying_file, worth_retrying_reply


@pytest.mark.parametrize(("code", "again"), [(421, True), (450, True), (451, True), (452, True), (499, True), (-1, True),
                                            (200, True), (500, False), (530, False), (535, False), (550, False), (599, False)])  # fmt: skip
def test_replies_of_4xx_pass_and_those_of_5xx_last(code: int, again: bool) -> None:
    assert worth_retrying_reply(code) is again


@pytest.mark.parametrize(("number", "again"), [(errno.ENOSPC, True), (errno.EIO, True), (errno.EDQUOT, True),
                                              (errno.EACCES, False), (errno.EROFS, False), (errno.ENOTDIR, False)])  # fmt: skip
def test_a_full_disk_passes_and_missing_rights_wait_for_a_person(number: int, again: bool) -> None:
    assert worth_retrying_file(OSError(number, "no")) is again
