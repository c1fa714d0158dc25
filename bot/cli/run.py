"""``heard run``: the unattended bot."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

import click

from bot.cli.context import config_option, configure_logging, open_app
from bot.cli.ending import end_process
from bot.errors import HeardError

if TYPE_CHECKING:
    from bot.wiring import App

HOSTS = click.option("--workers", metavar="N", type=click.IntRange(min=1), default=16, show_default=True,
                     help="How many hosts are asked at the same time.")  # fmt: skip


@click.command()
@HOSTS
@click.option("--no-web", is_flag=True, help="Without pages and API; nothing listens on a port.")
@config_option
@click.pass_context
def run(ctx: click.Context, workers: int, *, no_web: bool) -> None:
    """Run unattended: listen, score, send digests, serve pages and API.

    Stops on SIGTERM or Ctrl-C within ten seconds: the page in hand is finished and kept, nothing is lost. SIGHUP reads
    the configuration anew. One log line a poll, a delivery and a request on standard error. 'heard worker' and 'heard
    web' are the two halves.
    """
    app = ready(ctx)
    if no_web:
        work(app, workers)
    else:
        _work_and_serve(app, workers)


def ready(ctx: click.Context) -> App:
    """The application with everything built, its log lines shown; what is wrong shows before work begins."""
    ctx.obj["verbose"] = True
    app = open_app(ctx)
    app.prepare()
    logging.getLogger("heard.run").info("start config=%s database=%s", app.settings.path, app.database)
    return app


def work(app: App, workers: int) -> None:
    """Listens, scores and tells until stopped."""
    from bot.scheduler import Runner

    runner = Runner(app, workers=workers, reread=reread)
    _end(app, runner.run_until_stopped(), runner.overtaken)


def reread(holds: App) -> App:
    """The application of the configuration as it is now, on the database that is open, with everything built.

    Raises ConfigError when it is wrong. What only a start can change (the database, where the pages are served) stays,
    and is said.
    """
    from bot.wiring import App
    from config.secrets import load_secrets_file, secrets_file
    from config.settings import load_settings

    before = holds.settings
    load_secrets_file(secrets_file(before.path))
    settings = load_settings(before.path)
    fixed = {
        "[heard] database": (before.database, settings.database),
        "[web] listen": (before.web.listen, settings.web.listen),
        "[web] trusted_proxies": (before.web.trusted_proxies, settings.web.trusted_proxies),
    }
    held = {"listen": before.web.listen, "trusted_proxies": before.web.trusted_proxies}
    settings = replace(settings, database=before.database, web=settings.web.model_copy(update=held))
    app = App(settings, holds.clock, store=holds.store)
    app.prepare()
    for name, (old, new) in fixed.items():
        if old != new:
            logging.getLogger("heard.run").warning("%s stays as it was until Heard is started anew", name)
    configure_logging(verbose=True, form=settings.log.format)
    return app


def _work_and_serve(app: App, workers: int) -> None:
    from bot.scheduler import Runner
    from bot.web.server import Beside, bind

    def renewed(holds: App) -> App:
        new = reread(holds)
        web.serve_from_now_on(new)
        return new

    runner = Runner(app, workers=workers, reread=renewed)
    web = Beside(app, bind(app.settings), ended=runner.stop)
    web.start()
    left: tuple[str, ...] = ()
    try:
        left = runner.run_until_stopped(stopping=web.ask_to_stop)
    finally:
        ended = web.stop()
    why = HeardError("the web server ended by itself; the log says why") if web.failed else runner.overtaken
    _end(app, left if ended else (*left, "web"), why)


def _end(app: App, left: tuple[str, ...], why: HeardError | None) -> NoReturn:
    """Ends the process, at once where something ``left`` hangs. Raises ``why`` it ended by itself, if it did."""
    if left:
        end_process(0 if why is None else 1)
    if why is not None:
        raise why
    app.close()
    end_process(0)
