"""The application: every page behind the same door, in the reader's words."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy.exc import NoResultFound
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from content.days import get_zone
from content.links.checking import Visitor as LinkVisitor
from content.machine.port import NO_TRANSLATOR, MachineTranslator
from core.database import Database
from core.errors import RuleBroken
from core.i18n import Catalogues, Translator
from core.logs import get_log
from core.mail import Mail
from editor import guard, words
from editor.access.accounts import LANGUAGES
from editor.access.provider import Provider
from editor.access.sessions import csrf_token, is_csrf_token, is_pre_session, new_pre_session
from editor.guard import Refused
from editor.message_place import AgreementFirst
from editor.pages import (
    account,
    answers,
    briefing,
    broadcasts,
    composing,
    coverage,
    crisis,
    details,
    exchange,
    facts,
    front,
    gaps,
    glossary,
    history,
    joining,
    library,
    links,
    machine,
    message_steps,
    organisations,
    own_organisation,
    people,
    profile,
    provider,
    recordings,
    reporting,
    reviewing,
    scheduling,
    sending,
    sharing,
    signing_in,
    timeline,
    trying,
    voices,
    writing,
)
from editor.showing import equip
from editor.visits import Ask, Cookies, Page, Preview, Visit, Visitor

log = get_log(__name__)
FOLDER = Path(__file__).parent
CATALOGUES = Catalogues(FOLDER / "locales")
PAGES: tuple[Page, ...] = (
    *signing_in.PAGES,
    *provider.PAGES,
    *account.PAGES,
    *front.PAGES,
    *details.PAGES,
    *answers.PAGES,
    *writing.PAGES,
    *machine.PAGES,
    *reviewing.PAGES,
    *recordings.PAGES,
    *history.PAGES,
    *exchange.PAGES,
    *trying.PAGES,
    *gaps.PAGES,
    *facts.PAGES,
    *glossary.PAGES,
    *profile.PAGES,
    *links.PAGES,
    *library.PAGES,
    *own_organisation.PAGES,
    *organisations.PAGES,
    *joining.PAGES,
    *coverage.PAGES,
    *broadcasts.PAGES,
    *composing.PAGES,
    *sharing.PAGES,
    *message_steps.PAGES,
    *scheduling.PAGES,
    *reporting.PAGES,
    *briefing.PAGES,
    *sending.PAGES,
    *voices.PAGES,
    *crisis.PAGES,
    *timeline.PAGES,
    *people.PAGES,
)
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self';"
        " connect-src 'self';"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}


class Editor:
    """The pages of one process, all below /desk."""

    def __init__(
        self,
        database: Database,
        *,
        preview: Preview,
        ask: Ask,
        now: Callable[[], datetime],
        is_https: bool,
        public_url: str | None = None,
        telegram_name: str | None = None,
        provider: Provider | None = None,
        machine: MachineTranslator = NO_TRANSLATOR,
        link_visitor: LinkVisitor | None = None,
        mail: Mail | None = None,
    ) -> None:
        self._database = database
        self._public_url = public_url
        self._telegram_name = telegram_name
        self._provider = provider
        self._machine = machine
        self._link_visitor = link_visitor
        self._mail = mail
        self._preview = preview
        self._ask = ask
        self._now = now
        self._cookies = Cookies(is_https=is_https)
        self._environment = make_environment()

    def routes(self) -> list[BaseRoute]:
        """For the application of the process: it may have other routes beside these."""
        application = Starlette(
            routes=[
                *(Route(page.path, self._endpoint(page), methods=[page.method]) for page in PAGES),
                Mount("/static", StaticFiles(directory=FOLDER / "static")),
            ],
            exception_handlers={HTTPException: self._not_found},
        )
        return [
            Route("/desk", lambda _request: RedirectResponse("/desk/"), methods=["GET"]),
            Mount("/desk", application),
        ]

    def _endpoint(self, page: Page) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                response = await self._visit(page, request)
            except HTTPException:
                raise
            except ClientDisconnect:  # nobody reads this, and nothing has failed here
                response = Response(status_code=400)
            except Exception as problem:  # here, because what stands around us would log the whole address
                response = await self._failed(request, problem)
            response.headers.update(HEADERS)
            return response

        return endpoint

    async def _visit(self, page: Page, request: Request) -> Response:
        at = self._now()
        someone = await guard.find_visitor(self._database, request.cookies.get(self._cookies.session, ""), at=at)
        secret = someone.csrf_secret if someone else self._pre_session(request)
        visit = Visit(
            request=request,
            database=self._database,
            t=self._words(request, someone),
            at=at,
            zone=await self._zone(),
            csrf=csrf_token(secret),
            cookies=self._cookies,
            render=self._render,
            preview=self._preview,
            ask=self._ask,
            provider=self._provider,
            machine=self._machine,
            link_visitor=self._link_visitor,
            mail=self._mail,
            public_url=self._public_url,
            telegram_name=self._telegram_name,
            someone=someone,
        )
        try:
            guard.check(page, someone, request.path_params)
            if page.method == "POST":
                visit = await self._with_form(visit, secret, most_bytes=page.most_bytes)
            response = await page.handler(visit)
        except (Refused, NoResultFound) as problem:
            refused = problem if isinstance(problem, Refused) else Refused(404, "not_found")
            if refused.status in (403, 413):
                await guard.note_refusal(self._database, someone, guard.shown_path(request), at=at, why=refused.code)
            response = self._refuse(visit, refused)
        except AgreementFirst as first:
            response = visit.go(first.path)
        except RuleBroken as broken:
            response = visit.page("problem.html", status=409, problem=words.words_for(broken, visit.t))
        finally:
            await request.close()  # the files of the form
        if someone is None:
            self._cookies.set(response, self._cookies.form, secret)
        return response

    def _pre_session(self, request: Request) -> str:
        kept = request.cookies.get(self._cookies.form, "")
        return kept if is_pre_session(kept) else new_pre_session()

    async def _zone(self) -> str:
        async with self._database.reading() as session:
            return await get_zone(session)

    async def _with_form(self, visit: Visit, secret: str, *, most_bytes: int) -> Visit:
        form = await guard.read_form(visit.request, most_bytes=most_bytes)
        given = form.get("csrf", "")
        if not isinstance(given, str) or not is_csrf_token(secret, given):
            raise Refused(403, "stale_form")
        return replace(visit, form=form)

    def _refuse(self, visit: Visit, refused: Refused) -> Response:
        if refused.status == 401 and visit.request.method == "GET":
            return RedirectResponse(f"/desk/sign-in?next={quote(visit.request.url.path)}", status_code=303)
        return visit.page("problem.html", status=refused.status, problem=words.rules(visit.t)[refused.code])

    def _words(self, request: Request, someone: Visitor | None) -> Translator:
        wanted = someone.language if someone else request.headers.get("accept-language", "")[:2].lower()
        return CATALOGUES.translator(wanted if wanted in LANGUAGES else "nb")

    def _render(self, template: str, /, **values: object) -> str:
        return self._environment.get_template(template).render(**values)

    async def _not_found(self, request: Request, problem: Exception) -> Response:
        status = problem.status_code if isinstance(problem, HTTPException) else 400
        return await self._plain(request, status, "not_found")

    async def _failed(self, request: Request, problem: Exception) -> Response:
        log.error("desk_page_failed", path=guard.shown_path(request), exc_info=problem)
        return await self._plain(request, 500, "failed")

    async def _plain(self, request: Request, status: int, code: str) -> Response:
        t = self._words(request, None)
        failed = t("Something went wrong here, not with you. Nothing was changed. Please try again in a little while.")
        known = {**words.rules(t), "failed": failed}
        html = self._render("plain.html", t=t, problem=known[code])
        return Response(html, status_code=status, media_type="text/html", headers=HEADERS)


@cache
def make_environment() -> Environment:
    """The templates of the desk, compiled once for a process."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        undefined=StrictUndefined,
    )
    equip(environment)
    return environment
