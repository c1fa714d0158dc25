"""What the review asks of the store: the samples, and the mentions that are in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.model import Interval, Mention, ReviewSample, ScoredMention, Stratum
from bot.store.read import Reading
from bot.store.rows import Values
from bot.store.session import Row, Session
from bot.store.sql import review as sql
from bot.store.values import LATEST, moment_of, stamp


class Reviewing(Reading):
    """Samples for review; a random one is drawn once a period and never changes."""

    def draw_sample(self, period: Interval, samples: Sequence[ReviewSample]) -> bool:
        """Keeps a period's random sample; False, and nothing is kept, when it was drawn before."""
        with self._write() as db:
            if db.execute(sql.DRAWN, {"start_at": stamp(period.start)}).fetchone() is not None:
                return False
            _add(db, samples)
            return True

    def add_samples(self, samples: Sequence[ReviewSample]) -> None:
        """Keeps what was picked otherwise; what is there already stays as it is."""
        with self._write() as db:
            _add(db, samples)

    def review_samples(self, since: datetime, until: datetime) -> tuple[ReviewSample, ...]:
        """What was picked in periods that touch ``[since, until)``, by period, stratum and place."""
        with self._read() as db:
            rows = db.execute(sql.SAMPLES, {"since": stamp(since), "until": stamp(until)}).fetchall()
        return tuple(map(_sample_of, rows))

    def review_mentions(self, since: datetime, until: datetime) -> Iterator[ScoredMention | Mention]:
        """The mentions picked in periods that touch ``[since, until)``, newest first, irrelevant ones too."""
        return self._pages(sql.REVIEWED, {"since": stamp(since), "until": stamp(until)}, LATEST)


def _add(db: Session, samples: Sequence[ReviewSample]) -> None:
    for sample in samples:
        db.execute(sql.ADD_SAMPLE, _values(sample))


def _values(sample: ReviewSample) -> Values:
    return {
        "start_at": stamp(sample.period.start),
        "end_at": stamp(sample.period.end),
        "subject": sample.subject,
        "mention": sample.mention,
        "stratum": sample.stratum.value,
        "place": sample.place,
        "probability": sample.probability,
        "drawn_at": stamp(sample.drawn_at),
    }


def _sample_of(row: Row) -> ReviewSample:
    return ReviewSample(
        period=Interval(moment_of(row["start_at"]), moment_of(row["end_at"])),
        mention=row["mention"],
        subject=row["subject"],
        stratum=Stratum(row["stratum"]),
        place=row["place"],
        probability=row["probability"],
        drawn_at=moment_of(row["drawn_at"]),
    )
