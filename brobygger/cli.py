"""The command line. Every problem that a person can mend is one line that says how, and exit status 2."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated

import typer

from brobygger import asking
from brobygger.building import build_index
from brobygger.migrating import migrate as migrate_database
from brobygger.preparing import compare_folder, draft_folder, import_folder, import_words_of, open_house
from brobygger.progress import ProgressLine, say, write_for_machines
from content.catalogue import load_catalogue, load_samples
from content.checks import check_library, remarks_on
from content.exporting import export_library
from content.exporting_rasa import export_for_rasa
from content.importing_drafts import Outcome
from content.library_files import LibraryUnreadable, read_library
from content.stamping import stamp_library
from core.clock import now
from core.database import Database
from core.errors import SetupProblem
from core.logs import configure_logs
from core.settings import Settings, database_address
from editor.access.accounts import EmailTaken, StaffDetailsWrong
from editor.access.invitations import invite
from editor.access.roles import HeldRole, Role, RoleScopeWrong

app = typer.Typer(
    help="Brobygger: vetted answers for residents, in their own language.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
content_app = typer.Typer(help="Bring content in and out.", no_args_is_help=True, pretty_exceptions_enable=False)
app.add_typer(content_app, name="content")
rasa_app = typer.Typer(help="For a municipality that runs Rasa.", no_args_is_help=True, pretty_exceptions_enable=False)
app.add_typer(rasa_app, name="rasa")
user_app = typer.Typer(help="Staff of the desk.", no_args_is_help=True, pretty_exceptions_enable=False)
app.add_typer(user_app, name="user")


def main() -> None:
    """Run a command; problems become one line each."""
    try:
        app()
    except SetupProblem as problem:
        sys.exit(_complain(problem.what))
    except LibraryUnreadable as unreadable:
        for mistake in unreadable.problems[:50]:
            say(str(mistake))
        sys.exit(_complain(f"{len(unreadable.problems)} mistakes: nothing was imported. Mend them and try again."))
    except KeyboardInterrupt:
        sys.exit(130)


def _complain(what: str) -> int:
    say(f"brobygger: {what}")
    return 2


def _start(command: Coroutine[object, object, None]) -> None:
    """Run a command's coroutine; a SetupProblem in a group of tasks comes out by itself."""
    try:
        with asyncio.Runner(loop_factory=_event_loop()) as runner:
            runner.run(command)
    except* SetupProblem as several:
        raise _first(several) from None


def _event_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's, which does the same for half the processor time; Python's own where there is none (Windows)."""
    try:
        from uvloop import new_event_loop
    except ImportError:
        return None
    return new_event_loop


def _first(group: BaseExceptionGroup[SetupProblem]) -> SetupProblem:
    inner = group.exceptions[0]
    return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner


def _settings(*, quiet: bool = False) -> Settings:
    settings = Settings.from_env()
    configure_logs("WARNING" if quiet else settings.log_level, as_json=settings.log_json)
    if settings.log_json and not quiet:
        write_for_machines()
    return settings


@app.command()
def run() -> None:
    """Everything in one process: web chat, desk, Telegram (with a token), jobs."""
    _serve("chat", "desk", "jobs")


@app.command()
def chat() -> None:
    """Web chat and Telegram only; start a worker beside it."""
    _serve("chat")


@app.command()
def editor() -> None:
    """The desk only: the pages for staff and ambassadors; start a worker beside it."""
    _serve("desk")


def _serve(*parts: str) -> None:
    from brobygger.pages import Part  # only here: the index builder starts sooner without all of it
    from brobygger.processes import serve

    _start(serve(_settings(), {Part(one) for one in parts}))


@app.command()
def worker() -> None:
    """The jobs only: builds the index, publishes, sends and cleans up. On PostgreSQL as many as you like."""
    from brobygger.processes import work

    _start(work(_settings()))


@app.command()
def migrate() -> None:
    """Bring the database's tables to the newest form."""

    async def go() -> None:
        settings = _settings(quiet=True)
        database = Database(settings.database_url, settings.seal)
        try:
            await migrate_database(database)
        finally:
            await database.close()
        say("The database is up to date.")

    _start(go())


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="The file to write. It must not be there yet.")]) -> None:
    """Write the whole database into one file, while everything runs."""
    from brobygger.backing_up import back_up

    back_up(_settings(quiet=True), file)
    say(f"{file} is written. It holds what residents and staff wrote: keep it where only you can read it.")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that brobygger backup has written.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Even if people are in the database: they are lost, with all else.")
    ] = False,
) -> None:
    """Put a backup in the place of the database. Stop everything first; messages stay off until somebody arms them."""
    from brobygger.backing_up import restore as restore_backup

    _start(restore_backup(_settings(quiet=True), file, replace=replace, at=now()))
    say(
        f"{file} is restored. Messages of organisations are off until an administrator switches them on at the desk;"
        " those that may have gone out since the backup are paused."
    )


@app.command("move-database")
def move_database(
    to: Annotated[str, typer.Option(help="An empty database: postgresql://user@host/name. Password: PGPASSWORD.")],
) -> None:
    """Move everything from SQLite (DATABASE_URL) to PostgreSQL. Stop everything first. Killed? Run it again."""
    from brobygger.moving import move

    compared = move(_settings(quiet=True), database_address(to, named="--to"))
    print(f"{'table':<24}{'rows':>12}  hash of all rows")
    for one in compared:
        print(f"{one.table:<24}{one.old.rows:>12,}  {one.old.hash}  {'same' if one.old == one.new else 'DIFFERS'}")
    different = [f"{one.table} ({one.old.rows:,} rows, now {one.new.rows:,})" for one in compared if one.old != one.new]
    if different:
        raise SetupProblem(
            f"Not the same in both databases: {', '.join(different)}. Something else has written to one of them. The"
            " old one is still the one to use. To try again, make a new, empty database (createdb)."
        )
    say("Everything has moved. Set DATABASE_URL to the new database; Brobygger does not start on the old one any more.")


@app.command()
def seal() -> None:
    """Seal residents' addresses under BROBYGGER_ADDRESS_KEY; without a key, open them. Stop everything first."""
    from brobygger.resealing import reseal

    async def go() -> None:
        settings, line = _settings(quiet=True), ProgressLine()
        try:
            changed = await reseal(settings, progress=line)
        finally:
            line.end()
        is_now = "sealed under BROBYGGER_ADDRESS_KEY" if settings.seal.has_key else "readable: there is no key"
        say(f"{changed} values were changed. All addresses are {is_now}. Earlier backups are as they were.")

    _start(go())


@app.command()
def ask(
    text: Annotated[str | None, typer.Argument(help="The question.")] = None,
    lang: Annotated[str | None, typer.Option(help="The language asked in, such as uk.")] = None,
    batch: Annotated[Path | None, typer.Option(help='A file of JSON lines {"id","lang","text"}; - for input.')] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")] = False,
) -> None:
    """Ask as a resident would. Writes nothing: no gap, no person."""
    if (text is None) == (batch is None):
        raise SetupProblem('Give either a question or --batch FILE: brobygger ask --lang uk "Як знайти лікаря?"')

    async def go() -> None:
        questions = [asking.read_question(text, lang)] if text is not None else _read_batch(batch or Path("-"), lang)
        async with open_house(_settings(quiet=True)) as house:
            conversation = await house.desk.conversation()
            for question in questions:
                turn, asked_in = asking.ask(conversation, question)
                print(asking.as_json(question, turn, asked_in) if as_json else turn.message.as_text())

    _start(go())


def _read_batch(file: Path, language: str | None) -> list[asking.Question]:
    try:
        raw = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        questions = asking.read_batch(iter(raw.decode("utf-8-sig").split("\n")))
    except OSError as problem:
        raise SetupProblem(f"{file} cannot be read ({problem.strerror}).") from None
    except UnicodeDecodeError:
        raise SetupProblem(f"{file} is not UTF-8 text.") from None
    return [asking.Question(one.id, one.language or language, one.text) for one in questions]


@app.command("say")
def say_why(
    text: Annotated[str, typer.Argument(help="The question.")],
    lang: Annotated[str | None, typer.Option(help="The language asked in.")] = None,
) -> None:
    """What the bot would understand and answer, and why."""
    question = asking.read_question(text, lang)

    async def go() -> None:
        async with open_house(_settings(quiet=True)) as house:
            turn, asked_in = asking.ask(await house.desk.conversation(), question)
            print(asking.explain(turn, asked_in))

    _start(go())


@content_app.command("import")
def import_content(
    folder: Annotated[Path, typer.Argument(help="A folder in the library's format.")],
    replace: Annotated[bool, typer.Option("--replace", help="Withdraw answers that are not in the folder.")] = False,
    as_drafts: Annotated[
        bool, typer.Option("--as-drafts", help="Publish nothing: what differs becomes drafts, for review at the desk.")
    ] = False,
    glossary: Annotated[bool, typer.Option("--glossary", help="Take the explained words, and nothing else.")] = False,
) -> None:
    """Publish a folder of answers, past review. Anything wrong: each mistake with its line, and nothing is imported."""
    if as_drafts and replace:
        raise SetupProblem("--replace withdraws answers at once, --as-drafts changes nothing at once: choose one.")
    if glossary and (replace or as_drafts):
        raise SetupProblem("--glossary takes the explained words and nothing else: leave the other option out.")

    async def go() -> None:
        async with open_database() as database:
            if as_drafts:
                made = await draft_folder(database, folder)
                say(
                    f"{made[Outcome.DRAFTED]} texts are drafts at the desk now, {made[Outcome.UNCHANGED]} unchanged,"
                    f" {made[Outcome.LEFT]} left because somebody works on them, {made[Outcome.RECORDING]} recordings"
                    " wait to be heard. Residents see nothing of it yet."
                )
                return
            if glossary:
                count = await import_words_of(database, folder)
                say(f"{count} explanations of words published. Residents see them now.")
                return
            done = await import_folder(database, folder, replace=replace)
        say(
            f"{done.answers} answers read: {done.published} texts published, {done.unchanged} unchanged,"
            f" {done.withdrawn} answers withdrawn, {done.recordings} recordings new. Running processes show them at"
            " once and understand new wordings within seconds."
        )

    _start(go())


@content_app.command("compare")
def compare_content(folder: Annotated[Path, typer.Argument(help="A folder in the library's format.")]) -> None:
    """Put what is new in a library into the queue at the desk, where staff decide. Residents see nothing of it yet."""

    async def go() -> None:
        async with open_database() as database:
            done = await compare_folder(database, folder)
        say(
            f"{done.offered} texts, details and facts are newly offered, {done.withdrawn} no longer,"
            f" {done.unchanged} are as before. Staff decide at the desk, under Library."
        )

    _start(go())


@content_app.command("export")
def export_content(folder: Annotated[Path, typer.Argument(help="Where to write to.")]) -> None:
    """Write everything that is published as files."""

    async def go() -> None:
        async with open_database() as database, database.reading() as session:
            count = await export_library(session, folder)
        say(f"{count} answers written to {folder}.")

    _start(go())


@user_app.command("add")
def add_user(
    email: Annotated[str, typer.Argument(help="The person's e-mail address.")],
    role: Annotated[list[str], typer.Option(help="author, reviewer, publisher, administrator, translator:ar ...")],
) -> None:
    """Print a link with which a person makes their account on the desk: it works once, for seven days."""

    async def go() -> None:
        settings = _settings(quiet=True)
        if not settings.has_address:
            raise SetupProblem(
                "BROBYGGER_PUBLIC_URL is missing: the link must say where the desk is, https://chat.example.no."
            )
        roles = [_held_role(one) for one in role]
        async with open_database() as database, database.changing() as session:
            try:
                token = await invite(session, email=email, roles=roles, by=None, at=now())
            except EmailTaken:
                raise SetupProblem(f"{email} has an account already.") from None
            except StaffDetailsWrong:
                raise SetupProblem(f"'{email}' is no e-mail address.") from None
        say("Give this link to the person. It works once, for seven days:")
        print(f"{settings.address}/desk/invitation/{token}")

    _start(go())


def _held_role(words: str) -> HeldRole:
    name, _colon, scope = words.partition(":")
    try:
        return HeldRole(Role(name), scope)
    except (ValueError, RoleScopeWrong):
        known = ", ".join(Role)
        raise SetupProblem(f"'{words}' is no role: use {known}; translator:ar, ambassador:organisation.") from None


@rasa_app.command("export")
def export_rasa(
    folder: Annotated[Path, typer.Argument(help="Where to write to.")],
    lang: Annotated[str, typer.Option(help="Rasa's model knows one language.")] = "en",
) -> None:
    """Write the published wordings of a language as training data for Rasa: `rasa train nlu` in the folder."""

    async def go() -> None:
        async with open_database() as database, database.reading() as session:
            catalogue, samples = await load_catalogue(session), await load_samples(session)
            count = export_for_rasa(catalogue, samples, lang, folder)
        if not count:
            raise SetupProblem(f"Nothing is published in '{lang}'. Choose another language with --lang.")
        say(f"{count} intents written to {folder}.")

    _start(go())


@content_app.command("check")
def check_content(folder: Annotated[Path, typer.Argument(help="A folder in the library's format.")]) -> None:
    """Look for everything that keeps a library from being published: all of it, with file and reason."""
    problems = check_library(folder)
    for problem in problems:
        print(problem)
    if problems:
        raise SetupProblem(f"{len(problems)} things to mend in {folder}.")
    for remark in remarks_on(read_library(folder)):
        print(remark)
    say(f"{folder} is in order.")


@content_app.command("stamp")
def stamp_content(
    folder: Annotated[Path, typer.Argument(help="A folder in the library's format.")],
    answer: Annotated[list[str] | None, typer.Option(help="Only these answers.")] = None,
    language: Annotated[list[str] | None, typer.Option(help="Only these languages.")] = None,
    missing: Annotated[bool, typer.Option("--missing", help="Only translations that have no stamp yet.")] = False,
) -> None:
    """Say that translations are made from the source text as it is now (after you have read them against it)."""
    count = stamp_library(folder, answers=answer or [], languages=language or [], only_missing=missing)
    say(f"{count} translations stamped.")


@content_app.command("index")
def index_content(
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing while it is built.")] = False,
) -> None:
    """Build the index if something was published since the newest one, thoroughly if the newest is a quick change."""

    async def go() -> None:
        async with open_database() as database:
            await build_index(_settings(quiet=True), database, quiet=quiet)

    _start(go())


class open_database:  # noqa: N801
    """The migrated database, closed at the end."""

    async def __aenter__(self) -> Database:
        settings = _settings(quiet=True)
        self._database = Database(settings.database_url, settings.seal)
        await migrate_database(self._database)
        return self._database

    async def __aexit__(self, *_exc: object) -> None:
        await self._database.close()
