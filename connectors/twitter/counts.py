"""How much was said on X and how much was read there, as X counts it: cheap requests that return no posts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bot.errors import BadResponse, SourceError
from bot.model import FREE, Cost, HourCount, Interval, Purse, Volume
from connectors.twitter.api import SearchApi
from connectors.twitter.cursor import SETTLE
from connectors.twitter.options import TwitterOptions
from connectors.twitter.walk import written

HOUR = timedelta(hours=1)


def count_hours(
    api: SearchApi,
    options: TwitterOptions,
    text: str,
    subjects: Sequence[str],
    interval: Interval,
    purse: Purse | None,
    now: datetime,
) -> Volume:
    """The posts of one search by the hour, for each of its subjects. Raises SourceError kinds."""
    cost = Cost(0, options.usd_per_count)
    if purse is not None:
        purse.set_aside(cost)
    ends = min(interval.end, now - SETTLE)
    params = {"query": text, "start_time": written(interval.start), "end_time": written(ends)}
    try:
        body = api.count(params, now)
    except SourceError:
        if purse is not None and not api.billable:
            purse.set_aside(FREE)
        raise
    hours = _hours(body)
    return Volume(tuple(HourCount(subject, hour, hours[hour]) for subject in subjects for hour in sorted(hours)), cost)


def _hours(body: Mapping[str, Any]) -> dict[datetime, int]:
    """Posts by the hour that they fall in; the first and the last of an answer may be parts of hours."""
    found: dict[datetime, int] = {}
    try:
        for part in body.get("data") or ():
            start = datetime.fromisoformat(part["start"]).astimezone(UTC)
            posts = part["tweet_count"] if "tweet_count" in part else part["post_count"]
            hour = start.replace(minute=0, second=0, microsecond=0)
            found[hour] = found.get(hour, 0) + max(0, int(posts))
    except (KeyError, TypeError, ValueError) as error:
        raise BadResponse("X's counts make no sense", sample=str(body)) from error
    return found


def usage_of(body: Mapping[str, Any]) -> dict[date, int]:
    """Posts read by UTC day: the project's, which is what is billed; its apps' together where X does not say it."""
    try:
        data = body["data"]
        project = data.get("daily_project_usage")
        return _days([project] if project else data["daily_client_app_usage"])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BadResponse("X's usage figures make no sense", sample=str(body)) from error


def _days(parts: Sequence[Mapping[str, Any]]) -> dict[date, int]:
    found: dict[date, int] = {}
    for part in parts:
        for entry in part["usage"]:
            day = datetime.fromisoformat(entry["date"]).astimezone(UTC).date()
            found[day] = found.get(day, 0) + int(entry["usage"])
    return found
