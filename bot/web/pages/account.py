"""A person's own account: what they may do, another password, signing out."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from bot.errors import PasswordRefused, SignInRefused
from bot.model.access import Account, Scope, Session
from bot.web.entry import SignInNeeded, address_of, csrf, heard_of, session_of, token_of
from bot.web.pages.sign_in import SIGNED_OUT, keep_session, wait_of
from bot.web.problems import Problem
from bot.web.rendering import go_on, render

router = APIRouter(include_in_schema=False)

WRONG = "The password is not right."
DOES = {
    Scope.READ: "read everything",
    Scope.REDEEM: "redeem codes, give redemptions back, issue codes",
    Scope.LABEL: "label mentions",
    Scope.ADMIN: "look after keys and accounts",
}
Text = Annotated[str, Form()]


def person(request: Request) -> tuple[Session, Account]:
    """A dependency: the session of somebody with an account; a till has none."""
    session = session_of(request)
    if session is None:
        raise SignInNeeded
    if session.account is None:
        raise Problem(403, "A till has no account.")
    return session, session.account


Person = Annotated[tuple[Session, Account], Depends(person)]


@router.get("/account")
def account(request: Request, who: Person) -> Response:
    """The account's page."""
    return _page(request, who)


@router.post("/account/password", dependencies=[Depends(csrf)])
def change_password(request: Request, who: Person, old: Text = "", new: Text = "", again: Text = "") -> Response:
    """Another password: signed out everywhere else, and on with a fresh session here."""
    access = heard_of(request).access
    if new != again:
        return _page(request, who, wrong="The two new passwords are not the same.", at="again")
    try:
        token = access.change_password(who[0], old, new, address_of(request))
    except PasswordRefused as refused:
        return _page(request, who, wrong=str(refused), at="new")
    except SignInRefused as refused:
        wait = wait_of(request, refused)
        return _page(request, who, wrong=wait or WRONG, at="old", waits=bool(wait))
    response = go_on(request, "/account", "Your password is changed. You are signed out everywhere else.", token=token)
    keep_session(request, response, token, timedelta(hours=heard_of(request).settings.web.session_hours))
    return response


@router.post("/account/sign-out-everywhere", dependencies=[Depends(csrf)])
def sign_out_everywhere(request: Request, who: Person) -> Response:
    """Ends every session of this account, this one too."""
    heard_of(request).access.sign_out_everywhere(who[0])
    return RedirectResponse(f"/sign-in?said={SIGNED_OUT}", 303)


def _page(request: Request, who: Person, *, wrong: str = "", at: str = "", waits: bool = False) -> Response:
    session, account = who
    caller = account.caller
    does = [what for scope, what in DOES.items() if caller.may(scope)]
    status = 429 if waits else 422 if wrong else 200
    sessions = heard_of(request).access.own_sessions(session, token_of(request) or "")
    return render(
        request, "account.html.j2", status=status, account=account, does=does, sessions=sessions, wrong=wrong, at=at
    )
