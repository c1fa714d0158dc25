"""A server that is killed (-9) after a redemption was committed and before a byte of its answer is sent.

``python -m tests.support.dying_server CONFIG``: prints its address, serves, and dies with the first redemption's answer.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web.app import create_app
from bot.web.server import address_of, bind
from bot.wiring import App
from config.settings import load_settings


class DiesBeforeAnswering:
    """Middleware: the answer to a redemption is the end of the process."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sent(message: Message) -> None:
            if scope["path"] == "/api/v1/redemptions" and message["type"] == "http.response.start":
                os.kill(os.getpid(), signal.SIGKILL)
            await send(message)

        await self._app(scope, receive, sent if scope["type"] == "http" else send)


def main() -> None:
    """Serves until it dies."""
    heard = App(load_settings(Path(sys.argv[1])))
    listening = bind(heard.settings)
    print(f"web listening on {address_of(listening)}", file=sys.stderr, flush=True)  # noqa: T201 the test reads it
    app = DiesBeforeAnswering(create_app(heard))
    uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False)).run(sockets=[listening])


if __name__ == "__main__":
    main()
