"""The public JSON shapes of verdicts (docs/json.md): days as ``2026-03-01``, what is unknown or infinite as null."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from bot.model import Block, Comparison, KeepVerdict, Plan
from bot.shapes import plain

Shape = dict[str, Any]


def comparison_shape(found: Comparison) -> Shape:
    """What ``heard offers compare --json`` prints."""
    shape: Shape = plain(asdict(found))
    shape["verdict"] = shape.pop("answer")
    shape["left_out"] = [{"why": why, "days": days} for why, days in found.left_out]
    return shape


def plan_shape(plan: Plan) -> Shape:
    """What ``heard offers plan --json`` prints."""
    shape: Shape = plain(asdict(plan))
    return shape


def keep_shape(verdict: KeepVerdict) -> Shape:
    """What ``heard offers keep --json`` prints."""
    shape: Shape = plain(asdict(verdict))
    shape["verdict"] = shape.pop("word")
    turns = verdict.turns_at
    shape["turns_at"] = None if turns is None else {"purchases": turns[0], "days": turns[1]}
    return shape


def block_shape(block: Block) -> Shape:
    """What ``heard offers blocks --json`` prints."""
    shape: Shape = plain(asdict(block))
    return shape
