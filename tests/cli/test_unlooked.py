"""What the commands say of a time that nobody looked at: that it is not known, and no nought."""

from __future__ import annotations

from tests.support.desk import Desk


def test_status_of_a_desk_that_never_looked_counts_nothing(desk: Desk) -> None:
    assert "Said by others in the last 24 hours: not known, nothing was looked at.\n" in desk.heard("status").out


def test_messages_of_days_before_the_first_look_are_not_judged(desk: Desk) -> None:
    asked = ("messages", "--since", "2020-03-01", "--until", "2020-03-08")
    said = desk.heard(*asked).out
    assert said.startswith(
        "Nothing was looked at from Sun 01 Mar 00:00 to Sun 08 Mar 00:00, so no message can be judged."
    )
    assert "stories" not in said
    assert [row["coverage"] for row in desk.heard(*asked, "--json").rows] == [0.0]


def test_messages_that_were_looked_for_are_counted(collected: Desk) -> None:
    said = collected.heard("messages").out
    assert "contradicted" in said
    assert "Said by others about your own brand" in said
