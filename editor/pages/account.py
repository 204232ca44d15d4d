"""My account: name and language, password, second step, other ways to sign in, and where I am signed in."""

from starlette.responses import Response

from editor.access import own_account, second_factor, sessions
from editor.access.comparing import Typed, compare_for_member
from editor.access.logging_in import Refused, unlink_identity
from editor.access.models import StaffMember
from editor.access.second_factor import CodeNotRight, SecondFactorIsOn
from editor.pages.signing_in import why
from editor.visits import Access, Page, Visit
from editor.words import rules


async def show(visit: Visit) -> Response:
    """Everything about the account on one page."""
    return await show_account(visit)


async def show_account(visit: Visit, *, refused: Refused | None = None) -> Response:
    """The page; with what was refused, when something was."""
    visitor = visit.visitor
    async with visit.database.reading() as session:
        member = await session.get_one(StaffMember, visitor.id)
        return visit.page(
            "account.html",
            status=403 if refused else 200,
            member=member,
            sessions=await sessions.list_open(session, visitor.id, at=visit.at),
            codes_left=await second_factor.count_recovery_codes(session, visitor.id),
            problem=why(visit, refused) if refused else "",
        )


async def change_details(visit: Visit) -> Response:
    """Name and language."""
    name, language = visit.field("name"), visit.field("language")
    async with visit.database.changing() as session:
        await own_account.change_details(session, visit.visitor.id, name=name, language=language, at=visit.at)
    return visit.go("/desk/account", done="details_changed")


async def change_password(visit: Visit) -> Response:
    """A new password for the old one."""
    refused = await own_account.change_password(
        visit.database,
        visit.visitor.id,
        old=str(visit.form.get("old", "")),
        new=str(visit.form.get("new", "")),
        session_id=visit.visitor.session_id,
        address=visit.address,
        at=visit.at,
    )
    if refused is not None:
        return await show_account(visit, refused=refused)
    return visit.go("/desk/account", done="password_changed")


async def set_up(visit: Visit) -> Response:
    """The picture for the authenticator app. Nothing is kept yet: the form brings the secret back with a first code."""
    return await _set_up_page(visit, second_factor.new_secret())


async def turn_on(visit: Visit) -> Response:
    """Keep the second step when the code shows that the app has it; shows the recovery codes, this once."""
    secret = visit.field("secret")
    if not second_factor.is_secret(secret):
        return visit.go("/desk/account/second-step")
    typed = await typed_password(visit)
    try:
        async with visit.database.changing() as session:
            codes = await own_account.turn_on_second_factor(
                session,
                visit.visitor.id,
                typed=typed,
                secret=secret,
                code=visit.field("code"),
                session_id=visit.visitor.session_id,
                address=visit.address,
                at=visit.at,
            )
    except CodeNotRight as wrong:
        return await _set_up_page(visit, secret, problem=rules(visit.t)[wrong.code])
    if isinstance(codes, Refused):
        return await _set_up_page(visit, secret, problem=why(visit, codes))
    return visit.page("recovery_codes.html", codes=codes)


async def new_recovery_codes(visit: Visit) -> Response:
    """Ten new ones for a fresh code, shown this once."""
    async with visit.database.changing() as session:
        codes = await own_account.make_new_recovery_codes(
            session, visit.visitor.id, code=visit.field("code"), address=visit.address, at=visit.at
        )
    if isinstance(codes, Refused):
        return await show_account(visit, refused=codes)
    return visit.page("recovery_codes.html", codes=codes)


async def turn_off(visit: Visit) -> Response:
    """Without the second step again, for password and code."""
    typed = await typed_password(visit)
    async with visit.database.changing() as session:
        refused = await own_account.turn_off_second_factor(
            session,
            visit.visitor.id,
            typed=typed,
            code=visit.field("code"),
            session_id=visit.visitor.session_id,
            address=visit.address,
            at=visit.at,
        )
    if refused is not None:
        return await show_account(visit, refused=refused)
    return visit.go("/desk/account", done="second_factor_off")


async def end_session(visit: Visit) -> Response:
    """Sign one browser out; of others' sessions nothing is said or done."""
    session_id = int(visit.request.path_params["session_id"])
    async with visit.database.changing() as session:
        await own_account.end_session(session, session_id, by=visit.visitor.id, at=visit.at)
    return visit.go("/desk/account", done="session_ended")


async def end_others(visit: Visit) -> Response:
    """Sign out everywhere but here."""
    async with visit.database.changing() as session:
        await own_account.end_other_sessions(session, but=visit.visitor.session_id, by=visit.visitor.id, at=visit.at)
    return visit.go("/desk/account", done="other_sessions_ended")


async def disconnect(visit: Visit) -> Response:
    """No longer through the provider."""
    async with visit.database.changing() as session:
        await unlink_identity(session, visit.visitor.id, at=visit.at)
    return visit.go("/desk/account", done="identity_unlinked")


async def typed_password(visit: Visit) -> Typed:
    """The password with which somebody proves who they are, compared."""
    password = str(visit.form.get("password", ""))
    return await compare_for_member(visit.database, password, visit.visitor.id, address=visit.address, at=visit.at)


async def _set_up_page(visit: Visit, secret: str, *, problem: str = "") -> Response:
    async with visit.database.reading() as session:
        member = await session.get_one(StaffMember, visit.visitor.id)
    if member.totp_secret is not None:
        raise SecondFactorIsOn(staff_id=member.id)
    uri = second_factor.provisioning_uri(secret, email=member.email, issuer="Brobygger")
    picture = second_factor.qr_picture(uri, title=visit.t("Picture for your authenticator app"))
    return visit.page(
        "second_step.html",
        status=422 if problem else 200,
        member=member,
        secret=secret,
        picture=picture,
        problem=problem,
    )


PAGES = (
    Page("GET", "/account", show, Access.SIGNED_IN),
    Page("POST", "/account/details", change_details, Access.SIGNED_IN),
    Page("POST", "/account/password", change_password, Access.SIGNED_IN),
    Page("GET", "/account/second-step", set_up, Access.SIGNED_IN),
    Page("POST", "/account/second-step", turn_on, Access.SIGNED_IN),
    Page("POST", "/account/second-step/off", turn_off, Access.SIGNED_IN),
    Page("POST", "/account/recovery-codes", new_recovery_codes, Access.SIGNED_IN),
    Page("POST", "/account/sessions/end-others", end_others, Access.SIGNED_IN),
    Page("POST", "/account/sessions/{session_id:int}/end", end_session, Access.SIGNED_IN),
    Page("POST", "/account/provider/disconnect", disconnect, Access.SIGNED_IN),
)
