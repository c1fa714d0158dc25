from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import ConfigError
from bot.wiring.score.ranks import read_ranks
from tests.support.desk import Desk


def listed(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "ranks.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_both_published_forms_are_read(tmp_path: Path) -> None:
    crux = read_ranks(
        listed(tmp_path, "origin,rank\nhttps://www.News.example,1000\nhttps://m.news.example:8443,5000\n")
    )
    assert crux.of == {"news.example": 1000, "m.news.example": 5000}
    tranco = read_ranks(listed(tmp_path, "\ufeff1,top.example\r\n2,next.example\r\n"))
    assert tranco.of == {"top.example": 1, "next.example": 2}
    assert crux.version != tranco.version


def test_the_best_rank_of_a_host_counts_and_odd_lines_are_left_out(tmp_path: Path) -> None:
    text = "https://a.example,50000\nhttp://a.example,1000\n,,,\n0,zero.example\nx\n-5,b.example\n3,http://[bad\n\n"
    assert read_ranks(listed(tmp_path, text)).of == {"a.example": 1000}


@pytest.mark.parametrize("text", ["", "origin,rank\n", b"\xff\xfe\x00"])
def test_a_list_that_names_nothing_or_is_no_text_is_refused_by_name(tmp_path: Path, text: str | bytes) -> None:
    with pytest.raises(ConfigError, match=r"ranks\.csv.*\[score\] ranks"):
        read_ranks(listed(tmp_path, text))
    with pytest.raises(ConfigError, match="cannot be read"):
        read_ranks(tmp_path / "nothing.csv")


def test_a_check_reads_the_list(tmp_path: Path) -> None:
    config = listed(tmp_path, "[score]\nranks = 'ranks.csv'\n").rename(tmp_path / "heard.toml")
    listed(tmp_path, "1,top.example\n2,next.example\n")
    assert "ranks.csv, 2 sites" in Desk(tmp_path).heard("check").out
    (tmp_path / "ranks.csv").unlink()
    said = Desk(tmp_path).heard("check")
    assert (said.code, "[score] ranks) cannot be read" in said.out) == (2, True)
    assert config.is_file()
