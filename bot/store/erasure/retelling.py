"""Takes erased items out of what was told of them: digests, alerts and notices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.model import Author, Item
from bot.model.alert import AlertKind
from bot.store.erasure.redaction import Redactor, Traces, mentions_in, mentions_named
from bot.store.erasure.veil import without_author
from bot.store.session import Row, Session
from bot.store.sql import keeping as sql
from bot.store.values import from_json, to_json

HANDLES_AT = "x.com"
"""The only outlet of which a handle is the place that people know it by."""
_SHOWN = 199
"""So much of a long address stands in a notice of a leak."""


class Retelling:
    """Takes erased items out of what was told of them: digests, alerts and notices."""

    def __init__(self, db: Session, word: str) -> None:
        self._db = db
        self._word = word

    def without(self, items: Iterable[Item], mentions: Sequence[Row], seen: Sequence[Row]) -> int:
        """How many digests told them, which are then ``stale``."""
        ids = [row["id"] for row in mentions]
        quotes = [row["quote"] for row in self._db.execute(sql.QUOTES_OF, {"mentions": to_json(ids)})]
        return self._retell(traces_of(list(items), ids, quotes, seen), mentions, seen)

    def without_authors(self, items: Sequence[Item], mentions: Sequence[Row], seen: Sequence[Row]) -> int:
        """The same where only who said it is to go."""
        whole = traces_of(items, (), (), seen)
        spoken = [(item.url, item.author) for item in items]
        spoken += [(row["url"], Author(handle=row["handle"])) for row in seen]  # under the name of that day
        named = [url for url, author in spoken if url and without_author(url, author) != url]
        author_urls = [item.author.url for item in items if item.author.url]
        ids = [item.author.id for item in items if item.author.id and not item.author.id.isdigit()]
        speakers = frozenset(row["id"] for row in mentions)
        addresses = (*named, *author_urls, *ids)
        traces = Traces(speakers=speakers, addresses=addresses, handles=whole.handles, names=whole.names)
        return self._retell(traces, mentions, seen)

    def _retell(self, traces: Traces, mentions: Sequence[Row], seen: Sequence[Row]) -> int:
        redactor = Redactor(traces, self._word)
        # A digest is full of names of ours: there people are looked for as they are addressed.
        of_digests = Redactor(traces, self._word, names=False)
        ids = [row["id"] for row in mentions]
        alerts, notices, of_notices = self._alerts(redactor, mentions, seen, frozenset(ids))
        notices |= self._naming(mentions)
        self._notices(of_notices, notices | self._leaks(seen) | self._leaks_at(traces.handles))
        return self._digests(of_digests, ids, alerts, seen)

    def _alerts(
        self, redactor: Redactor, mentions: Sequence[Row], seen: Sequence[Row], ids: frozenset[str]
    ) -> tuple[list[Row], set[str], Redactor]:
        """Alerts that were changed, the notices that told them, and what knows the words that these were told in."""
        subjects = {row["subject"] for row in mentions} | {row["offer"] for row in seen}
        since = min([*(row["told_at"] for row in mentions), *(row["at"] for row in seen)], default="")
        asked = {"subjects": to_json(sorted(subjects)), "since": since}
        changed, notices, of_notices = [], set(), redactor
        for row in self._db.execute(sql.ALERTS_OF, asked).fetchall():
            body = from_json(row["body"])
            if not (ids & mentions_in(body)) and row["kind"] != AlertKind.CODE_LEAK:
                continue
            without = redactor.knowing(body).body(body)
            if without != body:
                self._db.execute(sql.CHANGE_ALERT, {"id": row["id"], "body": to_json(without)})
                changed.append(row)
                notices |= set(from_json(row["notices"]))
                of_notices = of_notices.knowing(body)
        return changed, notices, of_notices

    def _naming(self, mentions: Sequence[Row]) -> set[str]:
        """The notices that name one of them: their alerts may tell other mentions by now."""
        if not mentions:
            return set()
        ids, since = {row["id"] for row in mentions}, min(row["told_at"] for row in mentions)
        told = self._db.execute(sql.NOTICES_OF_ALERTS, {"since": since})
        return {row["id"] for row in told if ids & mentions_named(row["body"])}

    def _leaks(self, seen: Sequence[Row]) -> set[str]:
        """The notices that told of a place that is a person; it is then the platform."""
        notices: set[str] = set()
        for row in seen:
            places = [row["outlet"], *([f"@{row['handle']}"] if row["handle"] else [])]
            asked = {"offers": to_json([row["offer"]]), "places": to_json(places)}
            notices |= {told["notice"] for told in self._db.execute(sql.LEAK_NOTICES, asked)}
            if row["handle"]:
                self._db.execute(sql.RENAME_PLACE, {"offer": row["offer"], "place": places[1], "outlet": row["outlet"]})
                self._db.execute(sql.DROP_PLACE, {"offer": row["offer"], "place": places[1]})
        return notices

    def _leaks_at(self, handles: Sequence[str]) -> set[str]:
        """The same for persons with no sighting kept: one that was told may have been found in other words since."""
        places = to_json([f"@{handle}" for handle in handles])
        told = self._db.execute(sql.LEAKS_AT, {"places": places}).fetchall()
        for row in told:
            at = {"offer": row["offer"], "place": row["place"]}
            self._db.execute(sql.RENAME_PLACE, at | {"outlet": HANDLES_AT})
            self._db.execute(sql.DROP_PLACE, at)
        return {row["notice"] for row in told}

    def _notices(self, redactor: Redactor, ids: set[str]) -> None:
        for row in self._db.execute(sql.NOTICES_OF, {"ids": to_json(sorted(ids))}).fetchall():
            body = from_json(row["body"])
            knows = redactor.knowing(body)
            without, line = knows.body(body), knows.line(row["subject_line"])
            if (without, line) != (body, row["subject_line"]):
                values = {"id": row["id"], "subject_line": line, "body": to_json(without)}
                self._db.execute(sql.CHANGE_NOTICE, values)

    def _digests(self, redactor: Redactor, ids: list[str], alerts: Sequence[Row], seen: Sequence[Row]) -> int:
        rows = {row["id"]: row for row in self._db.execute(sql.DIGESTS_TELLING, {"mentions": to_json(ids)})}
        handles = [f"@{row['handle']}" for row in seen if row["handle"]]
        if needles := [*(f'"{row["id"]}"' for row in alerts), *handles]:
            since = min([*(row["raised_at"] for row in alerts), *(row["at"] for row in seen)])
            asked = {"needles": to_json(needles), "since": since}
            rows |= {row["id"]: row for row in self._db.execute(sql.DIGESTS_HOLDING, asked)}
        changed = 0
        for row in rows.values():
            body = from_json(row["body"])
            knows = redactor.knowing(body)
            without, line = knows.body(body), knows.line(row["subject_line"])
            if (without, line) != (body, row["subject_line"]):
                values = {"id": row["id"], "subject_line": line, "body": to_json(without)}
                self._db.execute(sql.CHANGE_DIGEST, values)
                changed += 1
        return changed


def traces_of(items: Sequence[Item], ids: Sequence[str], quotes: Sequence[str], seen: Sequence[Row]) -> Traces:
    """What these items may have left behind where they were told; ``seen`` are codes in them."""
    authors = [item.author for item in items]
    handles = [author.handle.removeprefix("@") for author in authors if author.handle]
    return Traces(
        mentions=frozenset(ids),
        texts=tuple(dict.fromkeys(filter(None, (
            *(text for item in items for text in (item.text, item.title)),
            *quotes,
            *(text for row in seen for text in (row["quote"], row["headline"])),
        )))),
        addresses=tuple(dict.fromkeys(filter(None, (
            *(item.url for item in items),
            *(author.url for author in authors),
            *(author.id for author in authors if author.id and not author.id.isdigit()),
            *(row["url"] for row in seen),
            *(row["url"][:_SHOWN] for row in seen if row["url"] and len(row["url"]) > _SHOWN),
        )))),
        handles=tuple(dict.fromkeys([*handles, *(row["handle"] for row in seen if row["handle"])])),
        names=tuple(dict.fromkeys([*handles, *(author.name for author in authors if author.name)])),
    )  # fmt: skip
