"""``heard link``: addresses that say which activity their visitors came from."""

from __future__ import annotations

from pathlib import Path

import click

from bot.cli.context import config_option, json_option, open_app, print_json
from bot.cli.show import plain


@click.command()
@click.argument("url", required=False)
@click.option("--activity", metavar="ID", help="The [[activity]] that it is for; its id is the campaign unless told.")
@click.option("--campaign", metavar="NAME", help="utm_campaign: what it is for.")
@click.option("--source", metavar="NAME", help="utm_source: where it will stand, such as mastodon or newsletter.")
@click.option("--medium", metavar="NAME", help="utm_medium: what kind of place that is, such as social or email.")
@click.option("--content", metavar="NAME", help="utm_content: which of several links of one text it is.")
@click.option(
    "--qr", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="A QR code too: .svg or .png."
)
@click.option("--list", "listing", is_flag=True, help="Show the links that were made.")
@json_option
@config_option
@click.pass_context
def link(
    ctx: click.Context,
    url: str | None,
    activity: str | None,
    campaign: str | None,
    source: str | None,
    medium: str | None,
    content: str | None,
    qr: Path | None,
    *,
    listing: bool,
    as_json: bool,
) -> None:
    """Make a tagged link, so that clicks trace to what brought them.

    URL is the page that people are to reach; what it asks for and its fragment stay as they are. The same tags on the
    same address always make the same link. 'heard import observations' brings what was counted by campaign.
    """
    from bot.impact.shapes import link_shape

    app = open_app(ctx)
    if listing:
        if url is not None:
            raise click.UsageError("--list takes no URL")
        made = app.impact.links()
        if as_json:
            print_json(link_shape(one) for one in made)
        for one in () if as_json else made:
            click.echo(f"{app.local(one.made_at)}  {plain(one.activity or one.campaign)}  {plain(one.url)}")
        if not (made or as_json):
            click.echo("No link was made yet: heard link URL --activity ID --source NAME --medium NAME")
        return
    if url is None or source is None or medium is None:
        raise click.UsageError("name the URL, --source and --medium, or --list")
    if qr is not None and qr.suffix.lower() not in {".svg", ".png"}:
        raise click.BadParameter("name a file that ends in .svg or .png", param_hint="--qr")
    kept = app.impact.make_link(
        url, source=source, medium=medium, campaign=campaign, content=content, activity=activity
    )
    if qr is not None:
        import segno

        segno.make(kept.url, error="m").save(str(qr), scale=8, border=4)
    if as_json:
        print_json([link_shape(kept)])
    else:
        click.echo(kept.url)
