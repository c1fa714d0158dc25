"""How deletions on X are noticed: by compliance jobs and by reading again, through tweepy, against recordings and a made X."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from bot.errors import AccessDenied, BadResponse, BudgetSpent, RateLimited, Unauthorised, Unavailable
from bot.model import Allowance
from bot.model.rechecking import Look
from tests.connectors.twitter_support import Bench, bench
from tests.support.deletingx import JOBS, LOOKUP, DeletingX
from tests.support.replay import Answer, Request
from tests.support.shared import shared_path

KEYS = ("x:11", "x:12", "x:13")


@pytest.fixture
def desk() -> Iterator[Bench]:
    with bench() as made:
        yield made


@pytest.fixture
def reader() -> Iterator[Bench]:
    with bench(follow_deletions="reread") as made:
        yield made


def an_x(desk: Bench) -> DeletingX:
    x = DeletingX(desk.clock, desk.server)
    x.serve()
    return x


def looks(desk: Bench, keys: Any = KEYS, cursor: Any = None, allowance: Allowance | None = None) -> list[Look]:
    return list(desk.connector.recheck(keys, cursor, allowance or Allowance()))


def left(found: list[Look]) -> Any:
    """The cursor that stands after these looks."""
    return next((look.cursor for look in reversed(found) if look.cursor is not None), None)


def test_a_job_is_noted_with_what_it_takes_before_anything_is_uploaded(desk: Bench) -> None:
    x = an_x(desk)
    steps = desk.connector.recheck(KEYS, None, Allowance())
    first = next(steps)
    assert (first.taken, first.cursor) == (KEYS, {"job": x.jobs[0].id})
    assert x.uploaded == []
    rest = list(steps)
    assert x.uploaded == [["11", "12", "13"]]
    assert rest[-1].come_back_after


def test_what_the_result_names_is_gone_and_the_rest_is_settled(desk: Bench) -> None:
    x = an_x(desk)
    x.delete(["12"], "suspended")
    cursor = left(looks(desk))
    desk.clock.advance(timedelta(minutes=5))
    assert [look.settled for look in looks(desk, cursor=cursor)] == [False]
    desk.clock.advance(timedelta(minutes=20))
    (look,) = looks(desk, cursor=cursor)
    assert look.settled
    assert look.cursor == {}
    assert [(gone.key, gone.reason) for gone in look.gone] == [("x:12", "suspended")]
    assert look.gone[0].since == desk.clock.now() - timedelta(hours=2)


def test_a_job_whose_ids_were_never_uploaded_gets_them_after_a_restart(desk: Bench) -> None:
    x = an_x(desk)
    steps = desk.connector.recheck(KEYS, None, Allowance())
    cursor = next(steps).cursor
    del steps  # killed before the upload
    looks(desk, cursor=cursor)
    assert x.jobs[0].ids == ["11", "12", "13"]
    assert len(x.jobs) == 1


def test_a_job_whose_upload_address_has_run_out_is_given_up_and_another_begun(desk: Bench) -> None:
    x = an_x(desk)
    cursor = next(desk.connector.recheck(KEYS, None, Allowance())).cursor
    desk.clock.advance(timedelta(minutes=16))
    (look,) = looks(desk, cursor=cursor)
    assert (look.released, look.cursor) == (True, {})
    assert left(looks(desk)) == {"job": x.jobs[1].id}


def test_an_upload_that_is_refused_needs_no_person(desk: Bench) -> None:
    an_x(desk)
    steps = desk.connector.recheck(KEYS, None, Allowance())
    next(steps)
    desk.clock.advance(timedelta(minutes=15))
    with pytest.raises(Unavailable):
        list(steps)


def test_a_result_that_nobody_fetched_within_a_week_is_asked_for_anew(desk: Bench) -> None:
    an_x(desk)
    cursor = left(looks(desk))
    desk.clock.advance(timedelta(days=7, minutes=1))
    (look,) = looks(desk, cursor=cursor)
    assert (look.released, look.cursor, look.gone) == (True, {}, ())


def test_a_job_that_failed_is_released_and_backed_off_from(desk: Bench) -> None:
    x = an_x(desk)
    x.fails = 1
    cursor = left(looks(desk))
    desk.clock.advance(timedelta(minutes=30))
    steps = desk.connector.recheck(KEYS, cursor, Allowance())
    assert next(steps).released
    with pytest.raises(Unavailable, match="failed"):
        next(steps)


def test_a_second_job_waits_for_the_first(desk: Bench) -> None:
    x = an_x(desk)
    looks(desk)
    with pytest.raises(RateLimited):
        looks(desk, ("x:14",))
    assert len(x.jobs) == 1
    assert sum(request.method == "POST" for request in desk.server.requests) == 1


def test_a_job_that_another_program_began_in_between_is_waited_for(desk: Bench) -> None:
    x = an_x(desk)
    states = iter([False, True])
    listed = x._list

    def at_first_none(request: Any) -> Answer:
        return listed(request) if next(states, True) else Answer(body={"meta": {"result_count": 0}})

    desk.server.clear()
    desk.server.add("GET", JOBS, answer=at_first_none)
    desk.server.add("POST", JOBS, answer=x._create)
    x._create(Request("POST", JOBS, {}, {}, b""))
    with pytest.raises(RateLimited):
        looks(desk)


def test_a_plan_without_compliance_jobs_is_told_what_to_do(desk: Bench) -> None:
    x = an_x(desk)
    x.refuses = [Answer(403, body={"title": "Forbidden", "detail": "not in your plan"})]
    with pytest.raises(AccessDenied, match="reread"):
        looks(desk)


@pytest.mark.parametrize("answer", [Answer(200, body="<html>"), Answer(409, body={"title": "Conflict"}), Answer(503)])
def test_a_job_that_could_not_be_made_just_now_is_no_refusal(desk: Bench, answer: Answer) -> None:
    x = an_x(desk)
    x.refuses = [answer]
    with pytest.raises((BadResponse, Unavailable)):
        looks(desk)


def test_a_job_in_a_state_that_nobody_knows_yet_is_waited_for(desk: Bench) -> None:
    body = {"data": {"id": "77", "status": "queued", "download_expires_at": "2027-01-01T00:00:00.000Z"}}
    desk.server.add("GET", f"{JOBS}/77", body=body)
    (look,) = looks(desk, cursor={"job": "77"})
    assert look.come_back_after
    assert not look.released


def test_a_refused_token_is_told_as_such(desk: Bench) -> None:
    x = an_x(desk)
    x.refuses = [Answer(401, body={"title": "Unauthorized"})]
    with pytest.raises(Unauthorised):
        looks(desk)


@pytest.mark.parametrize("body", ["<html>", '{"id":"12"}\n{"id":', '["12"]', "{}", '{"id":"12","action":"delete"}\n\0'])
def test_a_result_with_a_broken_line_is_not_believed_at_all(desk: Bench, body: str) -> None:
    x = an_x(desk)
    cursor = left(looks(desk))
    desk.clock.advance(timedelta(minutes=30))
    x._result = lambda job: Answer(200, {}, body)  # type: ignore[method-assign]
    with pytest.raises(BadResponse):
        looks(desk, cursor=cursor)


def test_ids_that_were_not_asked_for_and_odd_ones_do_no_harm(desk: Bench) -> None:
    x = an_x(desk)
    cursor = left(looks(desk, (*KEYS, "x:../etc", "x:")))
    assert x.jobs[0].ids == ["11", "12", "13"]
    desk.clock.advance(timedelta(minutes=30))
    lines = [{"id": "99", "action": "delete"}, {"id": "abc", "action": "delete"}, {"id": "11", "action": "keep"}]
    x._result = lambda job: Answer(200, {}, "\n".join(map(json.dumps, lines)))  # type: ignore[method-assign]
    (look,) = looks(desk, cursor=cursor)
    assert [gone.key for gone in look.gone] == ["x:99"]


@pytest.mark.parametrize("address", ["ftp://example.org/x", "file:///etc/passwd", None, 7, "http://169.254.169.254/"])
def test_an_upload_goes_nowhere_strange(desk: Bench, address: Any) -> None:
    x = an_x(desk)
    shape = x._shape
    x._shape = lambda job: shape(job) | {"upload_url": address}  # type: ignore[method-assign]
    with pytest.raises((BadResponse, Unavailable)):
        looks(desk)


def test_recorded_jobs_and_result_lines_are_understood(desk: Bench) -> None:
    recorded = json.loads(shared_path("corpus/x/academic/compliance_jobs_ID_00.json").read_text(encoding="utf-8"))
    body = json.loads(recorded["exchanges"][0]["response"]["body"])
    job = body["data"]
    assert job["status"] == "complete"
    lines = shared_path("corpus/x/twarc/tweets_compliance.jsonl").read_text(encoding="utf-8")
    job["download_url"] = f"{desk.server.base_url}/delivery"
    job["download_expires_at"] = "2027-01-01T00:00:00.000Z"
    desk.server.add("GET", f"{JOBS}/{job['id']}", body=body)
    desk.server.add("GET", "/delivery", body=lines)
    (look,) = looks(desk, cursor={"job": job["id"]})
    assert [gone.reason for gone in look.gone] == ["protected", "deactivated"]
    assert look.gone[0].since is None
    assert look.gone[1].since is not None


def test_reading_again_finds_what_is_gone_and_bills_what_stands(reader: Bench) -> None:
    x = an_x(reader)
    x.delete(["12"])
    x.delete(["13"], "protected")
    (look,) = looks(reader)
    assert set(look.looked) == set(KEYS)
    assert [(gone.key, gone.reason) for gone in look.gone] == [("x:12", "deleted"), ("x:13", "protected or suspended")]
    assert look.cost.reads == 1
    assert look.cost.usd == pytest.approx(0.005)
    assert look.bill is not None


def test_all_may_be_gone(reader: Bench) -> None:
    x = an_x(reader)
    x.delete(["11", "12", "13"])
    (look,) = looks(reader)
    assert len(look.gone) == 3
    assert look.cost.reads == 0


def test_a_partial_answer_leaves_the_rest_due(reader: Bench) -> None:
    reader.server.add("GET", LOOKUP, body={"data": [{"id": "11", "text": "a"}]})
    (look,) = looks(reader)
    assert (look.looked, look.gone) == (("x:11",), ())


def test_a_post_that_refers_to_a_deleted_one_stands(reader: Bench) -> None:
    problem = {
        "value": "11",
        "parameter": "referenced_tweets.id",
        "type": "https://api.x.com/2/problems/resource-not-found",
    }
    posts = [{"id": one, "text": "a"} for one in ("11", "12", "13")]
    reader.server.add("GET", LOOKUP, body={"data": posts, "errors": [problem]})
    (look,) = looks(reader)
    assert look.gone == ()


def test_what_x_cannot_give_just_now_is_not_taken_for_gone(reader: Bench) -> None:
    problem = {"value": "11", "parameter": "ids", "type": "https://api.x.com/2/problems/resource-unavailable"}
    reader.server.add("GET", LOOKUP, body={"errors": [problem]})
    (look,) = looks(reader)
    assert (look.looked, look.gone) == (("x:11",), ())


def test_a_post_that_is_withheld_everywhere_is_gone(reader: Bench) -> None:
    post = {"id": "11", "text": "a", "withheld": {"country_codes": ["XX"]}}
    reader.server.add("GET", LOOKUP, body={"data": [post]})
    (look,) = looks(reader)
    assert [gone.reason for gone in look.gone] == ["withheld"]


def test_an_edited_post_is_read_in_its_newest_version(reader: Bench) -> None:
    x = an_x(reader)
    x.edited = {"11": "21"}
    found = looks(reader)
    assert [item.key for look in found for item in look.items] == ["x:11"]
    assert "says now" in found[-1].items[0].text
    assert sum(look.cost.reads for look in found) == 4


def test_no_more_is_asked_for_than_the_budget_holds(reader: Bench) -> None:
    an_x(reader)
    keys = [f"x:{number}" for number in range(100, 150)]
    with pytest.raises(BudgetSpent):
        looks(reader, keys, allowance=Allowance(reads=5))
    steps = reader.connector.recheck(keys, None, Allowance(reads=20))
    assert next(steps).cost.reads == 20
    with pytest.raises(BudgetSpent):
        next(steps)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(402, body={"title": "CreditsDepleted"}), BudgetSpent),
        (Answer(429, body={"title": "Too Many Requests"}), RateLimited),
        (Answer(503, body="<html>"), Unavailable),
        (Answer(200, body="<html>"), BadResponse),
        (Answer(200, body={}), BadResponse),
        (Answer(401, body={"title": "Unauthorized"}), Unauthorised),
    ],
)
def test_errors_are_sorted_like_those_of_polls(reader: Bench, answer: Answer, kind: type[Exception]) -> None:
    reader.server.add("GET", LOOKUP, answer=answer)
    with pytest.raises(kind):
        looks(reader)


def test_a_recorded_lookup_is_read(reader: Bench) -> None:
    reader.server.load(shared_path("corpus/x/tweepy/test_client_get_tweets.json"))
    keys = ("x:1293593516040269825", "x:1293595870563381249")
    found = looks(reader, keys)
    assert {key for look in found for key in look.looked} == set(keys)
    assert not any(look.gone for look in found)


def test_what_a_compliance_job_had_in_hand_is_released_when_the_mode_changes(reader: Bench) -> None:
    an_x(reader)
    first, *_ = looks(reader, cursor={"job": "1460716596591312898"})
    assert (first.released, first.cursor) == (True, {})


def test_following_can_be_switched_off() -> None:
    with bench(follow_deletions="off") as made:
        assert made.connector.recheck_batch == 0
        assert looks(made) == []
