"""The commands that change something: sources, offers, redemptions, digests, the database, completion."""

from __future__ import annotations

import os
import re
from unittest.mock import patch

import pytest

from tests.support.desk import TOKEN, Desk, serve_stories
from tests.support.feedserver import FeedServer, Reply


def test_a_paused_source_is_left_alone_until_it_is_resumed(desk: Desk) -> None:
    assert desk.heard("sources", "pause", "blogs").out == "blogs: paused\n"
    assert "paused or blocked" in desk.heard("collect").out
    assert [row["state"] for row in desk.heard("sources", "--json").rows] == ["paused"]
    assert desk.heard("status").code == 0, "a pause was wanted"
    assert desk.heard("sources", "resume", "blogs").code == 0
    assert desk.heard("collect", "--json").rows[0]["new"] == 5


def test_a_blocked_source_is_named_and_can_be_resumed(desk: Desk, server: FeedServer) -> None:
    server.add("/gone.xml", Reply(410))
    desk.write(re.sub(r"feeds = \[.*\]", f'feeds = ["{server.url("/gone.xml")}"]', desk.config.read_text()))
    said = desk.heard("collect")
    assert (said.code, "blocked" in said.out) == (1, True)
    status = desk.heard("status")
    assert (status.code, "blocked" in status.out) == (1, True)
    server.add(
        "/gone.xml",
        Reply(body=serve_stories(server) and "<rss version='2.0'><channel><title>x</title></channel></rss>"),
    )
    desk.heard("sources", "resume", "blogs")
    assert desk.heard("collect").code == 0
    assert desk.heard("status").code == 0


def test_a_rate_limit_is_no_failure(desk: Desk, server: FeedServer) -> None:
    server.add("/busy.xml", Reply(429, {"Retry-After": "600"}))
    desk.write(re.sub(r"feeds = \[.*\]", f'feeds = ["{server.url("/busy.xml")}"]', desk.config.read_text()))
    said = desk.heard("collect", "--json")
    assert (said.code, said.rows[0]["state"], said.rows[0]["error"]["kind"]) == (0, "rate-limited", "RateLimited")
    assert said.rows[0]["error"]["retry_at"] is not None
    assert desk.heard("status").code == 0


def test_a_phrase_is_redeemed_up_to_its_cap_and_given_back(desk: Desk) -> None:
    redeem = ("redeem", "the moon is made of ganache", "--placement", "counter")
    first = desk.heard(*redeem, "--json").rows[0]["redemption"]
    assert desk.heard(*redeem).out == "Redeemed: truffle at counter\n"
    assert desk.heard(*redeem, "--customer", "card 7").code == 0
    full = desk.heard(*redeem)
    assert (full.code, full.out) == (1, "Refused: the offer is used up [offer_cap]\n")
    assert desk.heard("offers", "rollback", first).out == f"Given back: {first}\n"
    again = desk.heard("offers", "rollback", first)
    assert (again.code, "heard: " in again.err) == (1, True)
    assert desk.heard(*redeem).code == 0
    (whole, *_) = desk.heard("offers", "--json").rows
    assert (whole["total"], whole["today"], whole["refused"], whole["rolled_back"]) == (3, 3, 1, 1)
    assert (whole["cap_remaining"], whole["status"]) == (0, "provisional")
    shown = desk.heard("offers", "show", "truffle").out
    assert "0 left" in shown
    assert "1 refused · 1 given back" in shown
    assert "(all given away)" in shown
    assert first in shown
    assert "card 7" not in shown
    assert desk.heard("redeem", "the moon is made of ganache", "--placement", "moon").out.endswith(
        "[wrong_placement]\n"
    )


def test_issued_codes_work_once_each(desk: Desk) -> None:
    issued = desk.heard("offers", "issue", "cards", "--count", "3", "--placement", "fair", "--prefix", "fair")
    codes = issued.out.split()
    assert (issued.code, issued.err, len(set(codes))) == (0, "3 codes issued.\n", 3)
    spoken = f"{codes[0][:4]}-{codes[0][4:]}".lower()
    assert desk.heard("redeem", spoken).code == 0
    assert "[used_up]" in desk.heard("redeem", codes[0]).out
    wrong = codes[1][:-1] + ("2" if codes[1][-1] != "2" else "3")
    assert "[unknown_code]" in desk.heard("redeem", wrong).out
    listed = desk.heard("offers", "show", "cards", "--codes", "--json").rows
    assert sorted(row["used"] for row in listed) == [False, False, True]
    assert {row["placement"] for row in listed} == {"fair"}
    assert (
        sum(row["total"] for row in desk.heard("offers", "show", "cards", "--json").rows if row["placement"] is None)
        == 1
    )


def test_codes_are_not_issued_for_a_phrase(desk: Desk) -> None:
    said = desk.heard("offers", "issue", "truffle", "--count", "3")
    assert (said.code, "unique-codes" in said.err) == (2, True)


def test_a_key_counts_once_and_belongs_to_one_request(desk: Desk) -> None:
    first = desk.heard("redeem", "the moon is made of ganache", "--key", "till-9")
    again = desk.heard("redeem", "the moon is made of ganache", "--key", "till-9")
    assert (first.code, again.code) == (0, 0)
    assert "counted once" in again.out
    other = desk.heard("redeem", "another code", "--key", "till-9")
    assert (other.code, "this idempotency key was used before" in other.err) == (1, True)


def test_a_digest_is_previewed_in_every_form_and_sent_once(desk: Desk) -> None:
    desk.heard("collect")
    forms = {
        form: desk.heard("digest", "preview", "pr-daily", "--format", form).out for form in ("text", "html", "terminal")
    }
    assert all("A bad day at Velvet Crumb" in form for form in forms.values())
    assert forms["html"].startswith("<!DOCTYPE html>") or forms["html"].lower().startswith("<!doctype html>")
    assert desk.heard("digest", "preview", "pr-daily").out == forms["text"], "a pipe gets text"
    assert "No digest has been made yet" in desk.heard("digest", "list").out, "a preview keeps nothing"
    sent = desk.heard("digest", "send", "pr-daily")
    assert (sent.code, "sent" in sent.out) == (0, True)
    again = desk.heard("digest", "send", "pr-daily")
    assert (again.code, "nothing to send" in again.out) == (0, True)
    assert len(list((desk.folder / "digests").iterdir())) == 3
    assert desk.heard("digest", "list").out.count("folder → ") == 1


def test_a_digest_for_a_day_without_anything_says_whether_we_looked(desk: Desk) -> None:
    said = desk.heard("digest", "preview", "pr-daily", "--date", "2020-02-29")
    assert said.code == 0
    assert "29 February 2020" in said.out
    assert "we could not look" in said.out


def test_a_channel_that_cannot_take_it_is_named(desk: Desk) -> None:
    desk.heard("collect")
    (desk.folder / "digests").write_text("in the way", encoding="utf-8")
    said = desk.heard("digest", "send", "pr-daily")
    assert (said.code, "cannot write into" in said.out) == (1, True)
    assert "cannot write into" in desk.heard("digest", "list").out


def test_a_digests_log_shows_every_attempt_and_why_another_channel_took_over(desk: Desk) -> None:
    text = desk.config.read_text(encoding="utf-8")
    spare = '\n[[channel]]\nid = "spare"\nkind = "file"\nfolder = "spare"\n'
    desk.config.write_text(
        text.replace('folder = "digests"', 'folder = "digests"\notherwise = "spare"') + spare, "utf-8"
    )
    desk.heard("collect")
    (desk.folder / "digests").write_text("in the way", encoding="utf-8")
    desk.heard("digest", "send", "pr-daily")
    said = desk.heard("digest", "list", "pr-daily")
    assert said.code == 0
    assert "folder → " in said.out
    assert "failed, cannot write into" in said.out
    assert "This comes by channel 'spare', because 'folder' could not deliver it" in said.out
    (row,) = desk.heard("digest", "list", "pr-daily", "--json").rows
    assert desk.heard("digest", "list", row["digest"]).out == said.out
    tried = {one["channel"]: [attempt["state"] for attempt in one["tried"]] for one in row["deliveries"]}
    assert tried == {"folder": ["failed"], "spare": ["sent"]}
    (letter,) = (desk.folder / "spare").glob("*.txt")
    assert letter.read_text(encoding="utf-8").startswith("This comes by channel 'spare'")
    wrong = desk.heard("digest", "list", "nothing")
    assert wrong.code == 2
    assert "there is no digest 'nothing'" in wrong.err


def test_the_address_of_a_feed_is_shown_and_renewed(desk: Desk) -> None:
    first, again = (desk.heard("digest", "feed", "pr-daily").out.strip() for _ in range(2))
    assert first == again
    assert "/feeds/" in first
    assert desk.heard("digest", "feed", "pr-daily", "--renew").out.strip() not in {first, ""}
    assert desk.heard("digest", "feed", "nobody").code == 2


def test_a_backup_is_whole_and_never_overwrites(desk: Desk) -> None:
    desk.heard("collect")
    copy = desk.folder / "copy.backup"
    said = desk.heard("db", "backup", str(copy)).out
    assert said.startswith(f"Backed up to {copy}")
    assert "5 mentions" in said
    again = desk.heard("db", "backup", str(copy))
    assert (again.code, "never overwrites" in again.err) == (1, True)
    assert desk.heard("db", "backup", str(desk.folder / "no" / "such" / "folder.db")).code == 1


def test_the_databases_care(collected: Desk) -> None:
    assert "No damage found." in collected.heard("db", "check").out
    assert "is at schema" in collected.heard("db", "upgrade").out


@pytest.mark.parametrize(("shell", "mark"), [("bash", "complete "), ("zsh", "#compdef heard"), ("fish", "complete ")])
def test_completion_is_a_script_for_the_shell(collected: Desk, shell: str, mark: str) -> None:
    said = collected.heard("completion", shell)
    assert (said.code, mark in said.out, "_HEARD_COMPLETE" in said.out) == (0, True, True)


def test_completion_knows_commands_and_options(collected: Desk) -> None:
    env = {"_HEARD_COMPLETE": "bash_complete", "COMP_WORDS": "heard me", "COMP_CWORD": "1"}
    process = Desk(collected.folder, env).start()
    out, _ = process.communicate(timeout=60)
    assert {line.partition(",")[2] for line in out.split()} == {"mentions", "messages"}


@pytest.mark.full
def test_no_secret_is_in_any_output_or_log(desk: Desk, server: FeedServer) -> None:
    """Where the log is that of a process; tests/walk/test_canaries.py looks for every secret, in this one."""
    address = serve_stories(server)
    server.add("/private.xml", Reply(500, body=f"token={TOKEN}"))
    text = desk.config.read_text().replace(
        "feeds = [", f'feeds = ["{address}?token={TOKEN}", "{server.url("/private.xml")}?feed={TOKEN}&user=me", '
    )
    text += (
        "[[source]]\nid = 'x'\nconnector = 'twitter'\nbearer_token_env = 'X_TOKEN'\n"
        f"base_url = '{server.url('').rstrip('/')}'\n"
        "[[channel]]\nid = 'mail'\nkind = 'email'\nhost = 'localhost'\nport = 9\nsecurity = 'none'\nusername = 'me'\n"
        "password_env = 'MAIL_PASSWORD'\nfrom = 'a@b.example'\nto = ['a@b.example']\n"
    )
    desk.write(text.replace('channels = ["folder"]', 'channels = ["folder", "mail"]', 1))
    desk.env = {"X_TOKEN": TOKEN, "MAIL_PASSWORD": TOKEN}
    seen = ""
    commands = (
        ("check",),
        ("check", "--show"),
        ("collect", "x"),
        ("sources",),
        ("digest", "list"),
        ("mentions", "--json"),
    )
    for number, command in enumerate((("collect",), ("digest", "send", "pr-daily"), *commands)):
        if number < 2:  # what logs runs in a process of its own, whose log can be read
            process = desk.start("-v", "--config", str(desk.config), *command)
            seen += "".join(process.communicate(timeout=60))
        else:
            with patch.dict(os.environ, desk.env):
                said = desk.heard(*command)
            assert said.code == (1 if "collect" in command else 0), said
            seen += said.out + said.err
    assert "poll source=blogs" in seen, "the log was looked at"
    assert "delivery digest=" in seen
    assert TOKEN not in seen
    assert TOKEN.encode() not in (desk.folder / "heard.db").read_bytes()
