"""A page that lists every call, made of the OpenAPI document; nothing is fetched from anywhere else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Request, Response

from bot.web.rendering import render

router = APIRouter(include_in_schema=False)


@router.get("/api/v1/docs")
def manual(request: Request) -> Response:
    """The calls, for people."""
    document = request.app.openapi()
    return render(request, "api.html.j2", calls=list(_calls(document)))


def _calls(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    parts = document["components"]["schemas"]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield {
                "method": method.upper(),
                "path": path,
                "summary": operation.get("summary", ""),
                "about": operation.get("description", ""),
                "asks": [_asked(one) for one in operation.get("parameters", ())],
                "body": _body(operation, parts),
                "answers": [
                    {"status": status, "what": answer["description"], "example": _example(answer)}
                    for status, answer in operation["responses"].items()
                ],
            }


def _asked(parameter: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": parameter["name"],
        "where": parameter["in"],
        "required": parameter.get("required", False),
        "about": parameter.get("description", ""),
    }


def _body(operation: dict[str, Any], parts: dict[str, Any]) -> str:
    """An example of the request's body, empty where there is none."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    reference = content.get("schema", {}).get("$ref", "")
    examples = parts.get(reference.rpartition("/")[2], {}).get("examples", ())
    return _json(examples[-1]) if examples else ""


def _example(answer: dict[str, Any]) -> str:
    """Of good answers only: the errors all look alike."""
    example = answer.get("content", {}).get("application/json", {}).get("example")
    return "" if example is None else _json(example)


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
