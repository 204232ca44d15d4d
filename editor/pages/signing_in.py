"""Signing in and out, the code of the second step, and the page behind an invitation."""

from urllib.parse import quote

from starlette.responses import Response

from editor import words
from editor.access import invitations, sessions
from editor.access.comparing import compare_for_account
from editor.access.invitations import InvitationNotOpen
from editor.access.logging_in import LoggedIn, NeedsSecondFactor, Refused, give_code, log_in
from editor.visits import Access, Page, Visit


async def form(visit: Visit) -> Response:
    """The form; whoever is signed in goes on."""
    if visit.someone is not None:
        return visit.go("/desk/")
    return visit.page("sign_in.html", next=inside(visit.field("next")), email="", problem="")


async def sign_in(visit: Visit) -> Response:
    """E-mail address and password."""
    email, password = visit.field("email"), str(visit.form.get("password", ""))
    typed = await compare_for_account(visit.database, password, email=email, address=visit.address, at=visit.at)
    async with visit.database.changing() as session:
        result = await log_in(
            session,
            email=email,
            typed=typed,
            address=visit.address,
            browser=visit.request.headers.get("user-agent", ""),
            at=visit.at,
        )
    match result:
        case LoggedIn(token=token):
            return let_in(visit, token, inside(visit.field("next")))
        case NeedsSecondFactor(token):
            return ask_for_code(visit, token, inside(visit.field("next")))
        case Refused():
            return visit.page(
                "sign_in.html",
                status=403,
                next=inside(visit.field("next")),
                email=email,
                problem=why(visit, result),
            )


async def code_form(visit: Visit) -> Response:
    """The form for the second step."""
    if not visit.request.cookies.get(visit.cookies.code, ""):
        return visit.go("/desk/sign-in")
    return visit.page("code.html", next=inside(visit.field("next")), problem="")


async def code(visit: Visit) -> Response:
    """The code of the authenticator app, or a recovery code."""
    token = visit.request.cookies.get(visit.cookies.code, "")
    async with visit.database.changing() as session:
        result = await give_code(session, token=token, code=visit.field("code"), address=visit.address, at=visit.at)
    if isinstance(result, LoggedIn):
        return let_in(visit, result.token, inside(visit.field("next")))
    return visit.page("code.html", status=403, next=inside(visit.field("next")), problem=why(visit, result))


async def sign_out(visit: Visit) -> Response:
    """End this session."""
    async with visit.database.changing() as session:
        await sessions.end(session, visit.visitor.session_id, staff_id=visit.visitor.id, at=visit.at)
    response = visit.go("/desk/sign-in", done="signed_out")
    visit.cookies.set(response, visit.cookies.session, "")
    return response


async def invitation(visit: Visit) -> Response:
    """The page behind a link: who are you, and a password."""
    token = visit.request.path_params["token"]
    async with visit.database.reading() as session:
        found = await invitations.find_open(session, token, at=visit.at)
    if found is None:
        raise InvitationNotOpen
    return visit.page("invitation.html", email=found.email, is_reset=found.staff_id is not None)


async def accept(visit: Visit) -> Response:
    """Make the account, or give it its new password."""
    token = visit.request.path_params["token"]
    password = str(visit.form.get("password", ""))
    async with visit.database.reading() as session:
        found = await invitations.find_open(session, token, at=visit.at)
    if found is not None and found.staff_id is not None:
        await invitations.accept_reset(visit.database, token, password=password, at=visit.at)
    else:
        name, language = visit.field("name"), visit.field("language") or "nb"
        await invitations.accept(visit.database, token, name=name, password=password, language=language, at=visit.at)
    return visit.go("/desk/sign-in", done="password_set")


def let_in(visit: Visit, token: str, next_path: str) -> Response:
    """After signing in: the cookie of the session, and on to where they wanted."""
    response = visit.go(next_path)
    visit.cookies.set(response, visit.cookies.session, token)
    visit.cookies.set(response, visit.cookies.code, "")
    return response


def ask_for_code(visit: Visit, token: str, next_path: str) -> Response:
    """After a right password, or word of a provider: on to the second step."""
    response = visit.go(f"/desk/sign-in/code?next={quote(next_path)}")
    visit.cookies.set(response, visit.cookies.code, token)
    return response


def inside(path: str) -> str:
    """Only our own pages are gone on to: an address made by somebody else must not lead away."""
    is_ours = path.startswith("/desk/") and "\\" not in path and "//" not in path and path.isprintable()
    return path if is_ours else "/desk/"


def why(visit: Visit, refused: Refused) -> str:
    """The words for a refusal."""
    minutes = max(1, -(-int(refused.wait.total_seconds()) // 60))
    return words.rules(visit.t)[refused.reason].format(minutes=minutes)


PAGES = (
    Page("GET", "/sign-in", form, Access.ANYBODY),
    Page("POST", "/sign-in", sign_in, Access.ANYBODY),
    Page("GET", "/sign-in/code", code_form, Access.ANYBODY),
    Page("POST", "/sign-in/code", code, Access.ANYBODY),
    Page("POST", "/sign-out", sign_out, Access.SIGNED_IN),
    Page("GET", "/invitation/{token}", invitation, Access.ANYBODY),
    Page("POST", "/invitation/{token}", accept, Access.ANYBODY),
)
