"""``heard web``: pages and API, without the bot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bot.cli.context import config_option, configure_logging, open_app
from bot.cli.ending import end_process

if TYPE_CHECKING:
    from bot.wiring import App
    from config.settings import Settings


@click.command()
@click.option("--workers", metavar="N", type=click.IntRange(1, 64), default=1, show_default=True,
              help="Processes that share the port.")  # fmt: skip
@config_option
@click.pass_context
def web(ctx: click.Context, workers: int) -> None:
    """Serve the pages and the API.

    Where is said in the log ([web] listen in the configuration). Stops on SIGTERM or Ctrl-C; requests in hand are
    finished. SIGHUP reads the configuration anew. Polls nothing and sends nothing: that is 'heard worker', or 'heard
    run' for both in one process.
    """
    ctx.obj["verbose"] = True
    app = open_app(ctx)
    _ = app.store  # brought up to date once, here, before processes share it
    from bot.cli.run import reread
    from bot.web.server import bind, serve
    from bot.web.together import counting_together
    from bot.web.workers import serve_many

    listening = bind(app.settings)
    if workers == 1:
        overtaken = serve(app, listening, reread)
        if overtaken is not None:
            raise overtaken
    else:
        with counting_together():
            serve_many(made, app, listening, workers, reread)
    app.close()
    end_process(0)


def made(settings: Settings) -> App:
    """The application in a process of its own, with its own log; secrets come with the environment."""
    from bot.wiring import App

    configure_logging(verbose=True, form=settings.log.format)
    return App(settings)
