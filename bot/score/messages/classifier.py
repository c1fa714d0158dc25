"""What was learned about a message at work: plain arithmetic on coefficients; nothing heavy is imported."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Iterable, Mapping

from bot.model import KeyMessage, LikenessCalibration, MessageClassifier, MessageModel, Side

Triple = tuple[float, float, float]
_NOTHING: Triple = (0.0, 0.0, 0.0)


def chances(classifier: MessageClassifier, features: Collection[str]) -> Mapping[Side, float]:
    """The probability of each side of a text with these features."""
    return dict(zip(Side, chances_of(classifier.intercepts, classifier.weights, features), strict=True))


def chances_of(intercepts: Triple, weights: Mapping[str, Triple], features: Collection[str]) -> Triple:
    """The same by bare coefficients: carries, against, absent."""
    known = [weights[name] for name in sorted(features) if name in weights]  # sums must not depend on hashing
    root = math.sqrt(max(1, len(known)))
    logits = [start + math.fsum(weight[at] for weight in known) / root for at, start in enumerate(intercepts)]
    highest = max(logits)
    grown = [math.exp(logit - highest) for logit in logits]
    total = sum(grown)
    return grown[0] / total, grown[1] / total, grown[2] / total


def decide(classifier: MessageClassifier, found: Mapping[Side, float]) -> Side | None:
    """The likeliest side, where it is likely enough to be believed."""
    side = max(Side, key=lambda one: found[one])
    above = classifier.above.get(side)
    return side if above is not None and found[side] >= above else None


def pull(classifier: MessageClassifier, features: Iterable[str], side: Side) -> float:
    """How strongly these features speak for a side, against the mean of all."""
    at = tuple(Side).index(side)
    told = (classifier.weights.get(name, _NOTHING) for name in sorted(features))
    return math.fsum(weight[at] - sum(weight) / len(weight) for weight in told)


def chance_of(calibration: LikenessCalibration, likeness: float) -> float:
    """The chance that a text of this likeness carries the message."""
    logit = calibration.intercept + calibration.slope * likeness
    return 1 / (1 + math.exp(-logit)) if logit >= 0 else math.exp(logit) / (1 + math.exp(logit))


def fingerprint(message: KeyMessage) -> str:
    """Changes when the message is put otherwise; when it is live and whose it is changes nothing."""
    put = (message.statement, message.variants, message.partials, message.counter)
    return hashlib.sha256(repr(put).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def holds_for(model: MessageModel, message: KeyMessage) -> bool:
    """Whether what was learned is about the message as it is put now."""
    return model.message == message.id and model.statement == fingerprint(message)
