"""Reads a table of options into a typed model, with errors that a person can act on.

Used for the configuration file and by every plug-in (connector, notifier, engine) for its own table, so that a typo is
reported in the same words wherever it stands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from copy import deepcopy
from functools import reduce
from operator import getitem
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.errors import ConfigError
from bot.model.nearest import did_you_mean

Model = TypeVar("Model", bound=BaseModel)


class Options(BaseModel):
    """Base of every options table: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def read_options(model: type[Model], options: Mapping[str, Any], where: str) -> Model:
    """Validates ``options``; ``where`` names file and table in the error.

    Raises ConfigError with one line a problem: the key, what is wrong with its value, what is allowed, and for an
    unknown key the nearest known one.
    """
    try:
        return model.model_validate(dict(options))
    except ValidationError as error:
        problems = [_describe(model, problem) for problem in error.errors()]
        raise ConfigError("\n".join(f"{where}: {problem}" for problem in problems)) from error


def without_wrong(model: type[BaseModel], options: Mapping[str, Any]) -> Mapping[str, Any]:
    """The options without the values that ``model`` refuses, so that what else is wrong can be looked for."""
    kept: Any = deepcopy(dict(options))
    try:
        model.model_validate(kept)
    except ValidationError as error:
        for problem in error.errors():
            *way, last = problem["loc"] or ("",)
            with suppress(LookupError, TypeError):  # a place within a value, not a key: it is left as it is
                del reduce(getitem, way, kept)[last]
    rest: Mapping[str, Any] = kept
    return rest


def one_or_several(value: object) -> object:
    """One text as a list of it, so that ``key = "a"`` says the same as ``key = ["a"]``."""
    return (value,) if isinstance(value, str) else value


def _describe(model: type[BaseModel], problem: Any) -> str:
    path = ".".join(str(part) if not isinstance(part, int) else f"[{part + 1}]" for part in problem["loc"])
    path = path.replace(".[", "[")
    if problem["type"] == "extra_forbidden":
        known = _keys_at(model, problem["loc"][:-1])
        hint = did_you_mean(problem["loc"][-1], known) or "."
        return f"unknown key '{path}'{hint} Allowed: {', '.join(known)}" if known else f"unknown key '{path}'"
    message = str(problem["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ")
    if problem["type"] == "missing":
        return f"key '{path}' is missing"
    shown = "" if _looks_secret(path) or isinstance(problem["input"], dict) else f" (it is {problem['input']!r:.80})"
    near = ""
    if problem["type"] == "literal_error":
        near = did_you_mean(problem["input"], re.findall(r"'([^']*)'", problem["ctx"]["expected"]))
    return f"key '{path}': {message[:1].lower()}{message[1:]}{shown}{near}"


def _looks_secret(path: str) -> bool:
    return any(word in path for word in ("token", "secret", "password", "key"))


def _keys_at(model: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    """The keys that the model at ``path`` takes, by walking annotations; empty when it cannot be told."""
    here: Any = model
    for part in path:
        if isinstance(part, int):
            continue
        fields = getattr(here, "model_fields", {})
        names = {field.alias or name: field for name, field in fields.items()}
        if part not in names:
            return []
        here = _inner_model(names[part].annotation)
    return sorted(field.alias or name for name, field in getattr(here, "model_fields", {}).items())


def _inner_model(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _inner_model(argument)
        if found is not None:
            return found
    return None
