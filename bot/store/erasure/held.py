"""Every column of the database that holds text, with what it holds; a test compares it with the schema.

A new column stands here before it is built: whoever adds one decides whether words or persons are in it, and then
``bot/store/erasure/erasing.py`` takes them out.
"""

from __future__ import annotations

from collections.abc import Mapping

SAID = frozenset({
    *("items.url", "items.title", "items.text", "items.language", "items.links", "items.refers_to"),
    *("items.author_name", "items.author_handle", "items.author_id", "items.author_url"),
    "items.key",  # where a platform's keys hold their author's id, another takes its place
    "items.content_hash",  # a fingerprint that a known text could be compared with
    "items.metrics",
    *("mentions.matched", "mentions.relevance_reason"),
    *("scores.tone_why", "scores.spans", "scores.factors"),
    *("alignments.quote", "alignments.reason"),
    "snapshots.metrics",
    *("digests.subject_line", "digests.body", "notices.subject_line", "notices.body", "alerts.body"),
    *("sightings.key", "sightings.quote", "sightings.url", "sightings.handle", "sightings.voice"),
    "sightings.headline",
    "leaks_told.place",  # a person's handle, on X
})  # fmt: skip
"""What others said, or who they are: an erasure empties these, or takes out of them what belongs to the item."""

COUNTED_WORDS = frozenset({"contexts.idf", "relevance_models.weights", "message_models.classifier"})
"""Single words with a number each, taken from many texts (of the idf, from two at least): they say nothing of who said
them where, and stay."""

OF_THE_DESK = frozenset({
    *("observations.subject_id", "observations.raw_ref", "observations.method_id", "observations.provider"),
    *("labels.value", "labels.about", "labels.who", "labels.source", "feedback.reader", "feedback.value"),
    *("feedback.message", "feedback.other", "feedback.was"),
    *("decisions.reason", "decisions.next_change", "decisions.actor", "decisions.course", "decisions.verdict"),
    *("links.url", "links.target", "links.campaign", "links.source", "links.medium", "links.content"),
    *("accounts.name", "accounts.fold", "access_log.actor", "access_log.about", "access_log.detail"),
    *("access_keys.name", "access_keys.created_by", "deliveries.recipient", "posts_given.account"),
    *("sessions.account", "sign_in_tries.subject", "erasures.who"),
})  # fmt: skip
"""What one's own people wrote, and who they are: an erasure of what others said does not reach it."""

HASHED = frozenset({
    *("offer_events.customer", "shop_codes.customer", "erasures.marks", "never_again.mark"),
})  # fmt: skip
"""Persons, and what they said, as keyed hashes that only this database can make."""

NEITHER: Mapping[str, str] = {
    "access_keys": "id scopes digest placement created_at expires_at revoked_at last_used_at",
    "access_log": "at kind",
    "accounts": "role password created_at password_at disabled_at last_sign_in",
    "alerts": "id rule kind subject event day last_day severity raised_at updated_at told_at notices",
    "alignments": "mention message outcome",
    "arrivals": "source feed hours",
    "backfills": "id source feed since_at until_at cursor started_at finished_at",
    "contexts": "id median_weight calibration centre",
    "cost_shares": "source day subject",
    "costs": "source feed at kind what",
    "coverage": "source feed start_at end_at",
    "decisions": "objective at",
    "deliveries": "id digest channel key state next_attempt_at sent_at error claimed_at notice instead",
    "delivery_attempts": "delivery at state error",
    "digest_feeds": "report",
    "digest_mentions": "report mention digest",
    "digests": "id report audience window_start window_end timezone created_at",
    "erasures": "cause what source noticed_at erased_at before seal",
    "feedback": "digest mention judgement at",
    "gaps": "source feed start_at end_at cause",
    "hour_counts": "source subject hour",
    "incidents": "source feed state began error well_since told recovered",
    "items": "kind published_at outlet source feed collected_at changed_at sighted_by",
    "keeping": "name value",
    "labels": "mention kind at",
    "leaks_told": "offer code notice",
    "links": "id activity made_at",
    "mentions": "id subject source story collected_at told_at scored_by relevance_basis judged_by",
    "message_models": "message version statement fitted_at calibration figures why",
    "notices": "id kind source created_at",
    "observations": "metric_id method_version unit window_start window_end tz basis collected_at",
    "offer_events": (
        "id offer kind at code placement key reason refers_to told_at order_id value currency door actor "
        "expires_at request printed"
    ),
    "offer_quarters": "offer quarter",
    "poll_tallies": "source state error_kind",
    "polls": "source feed started_at state covered_from covered_to error_kind error retry_at",
    "posts_given": "day",
    "read_once": "source day kind resource",
    "recheck_looks": "at platform source",
    "recheck_states": (
        "platform source feed state since cursor next_poll_at last_success error_kind error first_polled "
        "silent_after lease_owner lease_until"
    ),
    "rechecks": "platform due_at looked_at in_hand_since",
    "reconciliations": "source day asked_at reason",
    "relevance_models": "subject version fitted_at why",
    "rescored": "mention rules_version before",
    "review_samples": "start_at end_at subject mention stratum drawn_at",
    "rules_versions": "version told first_used_at",
    "scores": "mention rules_version context_id tone_label reach_basis reach_method language formula flags scored_at",
    "sessions": "digest key began_at seen_at ends_at",
    "shop_codes": "shop order_id code door at placement value currency redemption",
    "shop_deliveries": "shop delivery at",
    "shop_orders": "shop order_id state changed_at total refunded seen_at",
    "sightings": "offer named code issued_for outlet at seen_at standing",
    "sign_in_tries": "last_at until_at",
    "snapshots": "age read_at",
    "stages": "source stage since",
    "targets": (
        "source feed state since cursor next_poll_at last_success error_kind error lease_owner "
        "lease_until first_polled silent_after"
    ),
    "task_marks": "host task at succeeded_at",
}
"""Table → its columns that hold neither: ids of our own, times, states, names from the configuration."""
