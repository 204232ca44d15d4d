"""To the OpenID Connect provider and back: to sign in, to connect an account, or to make one from an invitation."""

from starlette.responses import Response

from core.errors import RuleBroken
from core.timeline import record
from editor.access import invitations, provider_trips
from editor.access.id_tokens import NotVouchedFor, Vouched
from editor.access.invitations import InvitationNotOpen
from editor.access.logging_in import LoggedIn, NeedsSecondFactor, link_identity, log_in_with_identity
from editor.access.logging_in import Refused as NotLetIn
from editor.access.models import ProviderTrip
from editor.access.own_account import prove_password
from editor.access.provider import Provider, ProviderAway
from editor.access.provider_trips import Purpose, questions
from editor.guard import Refused
from editor.pages.account import show_account, typed_password
from editor.pages.signing_in import ask_for_code, inside, let_in, why
from editor.visits import Access, Page, Visit
from editor.words import rules


async def sign_in(visit: Visit) -> Response:
    """Go there to sign in."""
    _provider(visit)
    async with visit.database.changing() as session:
        next_path = inside(visit.field("next"))
        token = await provider_trips.begin(session, Purpose.SIGN_IN, next_path=next_path, at=visit.at)
    return await _leave(visit, token)


async def connect(visit: Visit) -> Response:
    """Go there to connect the account of whoever is signed in; needs the password, as it opens another door."""
    _provider(visit)
    visitor, typed = visit.visitor, await typed_password(visit)
    async with visit.database.changing() as session:
        refused = await prove_password(
            session, visitor.id, typed, session_id=visitor.session_id, address=visit.address, at=visit.at
        )
        if refused is None:
            token = await provider_trips.begin(session, Purpose.CONNECT, staff_id=visitor.id, at=visit.at)
    if refused is not None:
        return await show_account(visit, refused=refused)
    return await _leave(visit, token)


async def invitation(visit: Visit) -> Response:
    """Go there instead of choosing a password."""
    _provider(visit)
    async with visit.database.changing() as session:
        found = await invitations.find_open(session, visit.request.path_params["token"], at=visit.at)
        if found is None or found.staff_id is not None:
            raise InvitationNotOpen
        token = await provider_trips.begin(
            session,
            Purpose.INVITATION,
            invitation_id=found.id,
            name=visit.field("name"),
            language=visit.field("language") or "nb",
            at=visit.at,
        )
    return await _leave(visit, token)


async def back(visit: Visit) -> Response:
    """Somebody comes from there. Whatever is wrong with what they bring is written down, and changes nothing."""
    provider = _provider(visit)
    token = visit.request.cookies.get(visit.cookies.trip, "")
    try:
        async with visit.database.changing() as session:
            trip = await provider_trips.end(session, token, at=visit.at)
        if trip is None:
            if visit.someone is None:
                raise Refused(403, "not_vouched_for")  # strangers who were never on the way could fill the timeline
            raise NotVouchedFor(reason="no_trip")
        vouched = await provider.identify(visit.request.query_params, questions(token), at=visit.at)
        response = await _arrive(visit, trip, vouched)
    except (NotVouchedFor, ProviderAway) as problem:
        await _note(visit, problem)
        response = visit.page("problem.html", status=403, problem=rules(visit.t)[problem.code])
    visit.cookies.set(response, visit.cookies.trip, "")
    return response


async def _arrive(visit: Visit, trip: ProviderTrip, vouched: Vouched) -> Response:
    """Do what they went for."""
    match Purpose(trip.purpose):
        case Purpose.SIGN_IN:
            return await _let_in(visit, trip, vouched)
        case Purpose.CONNECT:
            if visit.someone is None or visit.someone.id != trip.staff_id:
                raise NotVouchedFor(reason="somebody_else")
            async with visit.database.changing() as session:
                await link_identity(session, visit.someone.id, vouched.identity, at=visit.at)
            return visit.go("/desk/account", done="identity_linked")
        case Purpose.INVITATION:
            async with visit.database.changing() as session:
                member = await invitations.accept_found(
                    session, trip.invitation_id or 0, name=trip.name, language=trip.language, at=visit.at
                )
                await link_identity(session, member.id, vouched.identity, at=visit.at)
            return await _let_in(visit, trip, vouched)


async def _let_in(visit: Visit, trip: ProviderTrip, vouched: Vouched) -> Response:
    async with visit.database.changing() as session:
        result = await log_in_with_identity(
            session,
            vouched.identity,
            with_second_factor=vouched.has_second_factor,
            browser=visit.request.headers.get("user-agent", ""),
            at=visit.at,
        )
    match result:
        case LoggedIn(token=token):
            return let_in(visit, token, inside(trip.next_path))
        case NeedsSecondFactor(token):
            return ask_for_code(visit, token, inside(trip.next_path))
        case NotLetIn():
            next_path, problem = inside(trip.next_path), why(visit, result)
            return visit.page("sign_in.html", status=403, next=next_path, email="", problem=problem)


async def _leave(visit: Visit, token: str) -> Response:
    """A page that goes on by itself: browsers follow no redirect out of a form that may lead to us only (CSP)."""
    address = await _provider(visit).address(questions(token), at=visit.at)
    response = visit.page("to_provider.html", address=address)
    visit.cookies.set(response, visit.cookies.trip, token)
    return response


async def _note(visit: Visit, problem: RuleBroken) -> None:
    by = visit.someone.id if visit.someone else None
    details = {"reason": problem.code, "detail": str(problem.details.get("reason", ""))}
    async with visit.database.changing() as session:
        record(session, "log_in_refused", about=f"staff:{by}" if by else "", by=by, at=visit.at, **details)


def _provider(visit: Visit) -> Provider:
    if visit.provider is None:
        raise Refused(404, "not_found")
    return visit.provider


PAGES = (
    Page("POST", "/sign-in/provider", sign_in, Access.ANYBODY),
    Page("GET", "/sign-in/provider/back", back, Access.ANYBODY),
    Page("POST", "/account/provider", connect, Access.SIGNED_IN),
    Page("POST", "/invitation/{token}/provider", invitation, Access.ANYBODY),
)
