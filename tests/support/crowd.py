"""Many callers at the same moment: as many connections as requests, all open before the first request is sent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

from tests.support.webserver import Answer, Client

OPENING = 50
"""Connections that are opened at the same time."""


def all_at_once(client: Client, path: str, requests: Sequence[tuple[object, str]]) -> list[Answer]:
    """The answers to POSTs of (body, idempotency key), in their order."""
    return asyncio.run(_all(client, path, requests))


async def _all(client: Client, path: str, requests: Sequence[tuple[object, str]]) -> list[Answer]:
    opening, opened, start = asyncio.Semaphore(OPENING), asyncio.Semaphore(0), asyncio.Event()

    async def one(body: object, key: str) -> Answer:
        async with opening:
            reader, writer = await asyncio.open_connection(client.host, client.port)
        opened.release()
        try:
            await start.wait()
            writer.write(_request(client, path, body, key))
            await writer.drain()
            return _answer(await reader.read())
        finally:
            writer.close()

    tasks = [asyncio.create_task(one(*request)) for request in requests]
    for _ in tasks:
        await opened.acquire()
    start.set()
    return await asyncio.gather(*tasks)


def _request(client: Client, path: str, body: object, key: str) -> bytes:
    data = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {client.host}\r\nAuthorization: Bearer {client.key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\nIdempotency-Key: {key}\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + data


def _answer(said: bytes) -> Answer:
    head, _, body = said.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    return Answer(int(status.split()[1]), headers, body)
