"""The first release goes on working while the new one brings its database up to date, and nothing is lost.

The first release is taken out of the project's history: the last commit before the second migration came. It runs as a
real process, with its own code, on a database with content, staff, residents, questions in vain and updates in it.
"""

import asyncio
import io
import re
import subprocess
import sys
import tarfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg
import pytest
import sqlalchemy as sa

from brobygger.migrating import migrate
from content.freshness import Text
from core.database import Database
from core.errors import SetupProblem
from tests.conftest import Engine
from tests.editor.desk import csrf_in, fields_of
from tests.fakes.bot_api import BotAPI, running_bot_api
from tests.fakes.web_page import Visitor
from tests.stories.installation import PROJECT, SECONDS_TO_START, Installation

SECOND_MIGRATION = "migrations/versions/0002_broadcasts.py"
AIRPORT, POOL = "where is the airport", "when does the swimming pool open"  # nobody has an answer
KINDERGARTEN = ("كم تكلف الروضة؟", "مكان في الروضة")
TEXT = "/desk/answers/services-kindergarten/nb/write"
ASKING = 4
FAULTS = ("Traceback", "_failed", '"error"', "[error")
Columns = Mapping[str, list[str]]
Rows = Mapping[str, Counter[tuple[object, ...]]]


def git(*arguments: str) -> bytes:
    return subprocess.run(("git", "-C", PROJECT, *arguments), capture_output=True, check=False).stdout


@pytest.fixture(scope="session")
def first_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its whole source, in a folder of its own."""
    came_with = git("log", "--diff-filter=A", "--format=%H", "--", SECOND_MIGRATION).decode().split()
    packed = git("archive", "--format=tar", f"{came_with[-1]}~") if came_with else b""
    if not packed:
        assert git("rev-parse", "--is-shallow-repository").strip() == b"true"
        pytest.skip("the first release is not in this shallow clone: git fetch --unshallow")
    folder = tmp_path_factory.mktemp("first-release")
    with tarfile.open(fileobj=io.BytesIO(packed)) as files:
        files.extractall(folder, filter="data")
    return folder


@pytest.fixture
def address(engine: Engine) -> Iterator[str]:
    """A database without any tables."""
    name = f"t{uuid4().hex}"
    engine.create(name)
    yield engine.address(name)
    engine.drop(name)


def run_to_end(there: Installation, *arguments: str) -> None:
    """A command, which must end well."""
    done = subprocess.run(
        (sys.executable, "-m", "brobygger", *arguments),
        env=there.environment, cwd=there.folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def columns_of(address: str) -> Columns:
    """All tables, and their columns."""
    engine = sa.create_engine(address.replace("+aiosqlite", ""))
    look = sa.inspect(engine)
    found = {name: [one["name"] for one in look.get_columns(name)] for name in look.get_table_names()}
    engine.dispose()
    del found["alembic_version"]
    return found


def rows_of(address: str, columns: Columns) -> Rows:
    """What stands in these columns, whatever columns there are besides."""
    engine = sa.create_engine(address.replace("+aiosqlite", ""))
    with engine.connect() as connection:
        found = {
            table: Counter(
                tuple(map(repr, row))
                for row in connection.execute(sa.select(*map(sa.column, names)).select_from(sa.table(table)))
            )
            for table, names in columns.items()
        }
    engine.dispose()
    return found


def check_nothing_is_lost(before: Rows, after: Rows, *, may_change: Mapping[str, int]) -> None:
    """Every row is there as it was, but for so many that were changed meanwhile by those who use them."""
    for table, rows in before.items():
        gone = rows - after[table]
        assert gone.total() <= may_change.get(table, 0), (table, gone)
        assert after[table].total() >= rows.total(), table


@asynccontextmanager
async def browsing(there: Installation) -> AsyncIterator[Visitor]:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{there.port}", timeout=60) as http:
        yield Visitor(http)


async def live_in(there: Installation, api: BotAPI, chat: int, *, in_vain: str) -> None:
    """A day in a town: on the web page and on Telegram somebody chooses Arabic, asks, and asks in vain."""
    async with browsing(there) as dalia:
        await dalia.open("/")
        assert (await dalia.press("language:ar")).direction == "rtl"
        assert (await dalia.ask(KINDERGARTEN[0])).reply.startswith(KINDERGARTEN[1])
        assert KINDERGARTEN[1] not in (await dalia.ask(in_vain)).reply
    api.press(chat, "language:ar")
    api.say(chat, KINDERGARTEN[0])
    replies = await api.replies(chat, 2, seconds=SECONDS_TO_START)
    assert replies[-1].text.startswith(KINDERGARTEN[1])


def password_in(there: Installation) -> tuple[str, str]:
    """What the first start has shown to Amina: her address and password."""
    email, password = re.findall(r"(amina@\S+)\s+(\S+)", there.log())[0]
    return email, password


@asynccontextmanager
async def signed_in(there: Installation, who: tuple[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{there.port}", timeout=60) as http:
        token = csrf_in(await http.get("/desk/sign-in"))
        await http.post("/desk/sign-in", data={"csrf": token, "email": who[0], "password": who[1]})
        yield http


async def write_at_the_desk(there: Installation, words: str) -> None:
    """Amina changes a text and keeps it as a draft."""
    async with signed_in(there, password_in(there)) as http:
        saved = await http.post(TEXT, data={**fields_of(await http.get(TEXT)), "short": words})
        assert saved.status_code == 303, saved.text
    assert words in await read_at_the_desk(there, password_in(there))


async def read_at_the_desk(there: Installation, who: tuple[str, str]) -> str:
    async with signed_in(there, who) as http:
        return (await http.get(TEXT)).text


@asynccontextmanager
async def asking_all_the_time(there: Installation) -> AsyncIterator[list[float]]:
    """Several ask again and again, and are answered each time; how long each answer took, in seconds."""
    seconds: list[float] = []
    is_enough = asyncio.Event()  # nobody goes in the middle of a question: the first release calls that a fault

    async def ask() -> None:
        async with browsing(there) as chau:
            await chau.open("/?lang=ar")
            while not is_enough.is_set():
                begun = asyncio.get_running_loop().time()
                assert (await chau.ask(KINDERGARTEN[0])).reply.startswith(KINDERGARTEN[1])
                seconds.append(asyncio.get_running_loop().time() - begun)
                await asyncio.sleep(0.02)

    async with asyncio.TaskGroup() as group:
        for _ in range(ASKING):
            group.create_task(ask())
        async with asyncio.timeout(SECONDS_TO_START):
            while len(seconds) < 3 * ASKING:
                await asyncio.sleep(0.02)
        yield seconds
        is_enough.set()


@pytest.mark.slow
async def test_the_first_release_goes_on_while_its_database_is_brought_up_to_date(
    first_release: Path, address: str, tmp_path: Path
) -> None:
    for folder in ("old", "new"):
        (tmp_path / folder).mkdir()
    async with running_bot_api() as api:
        old = Installation(address, tmp_path / "old", api.url, more={"PYTHONPATH": str(first_release)})
        new = Installation(address, tmp_path / "new", api.url)
        try:
            run_to_end(old, "content", "import", str(first_release / "tests" / "library"))
            run_to_end(old, "content", "index")
            old.start()
            await old.is_up()
            await live_in(old, api, 7, in_vain=AIRPORT)
            await write_at_the_desk(old, "Før oppgraderingen.")
            columns = columns_of(address)
            assert not {"deliveries", "explanations"} & set(columns)

            async with asking_all_the_time(old) as seconds:
                before, asked = rows_of(address, columns), len(seconds)
                await asyncio.to_thread(run_to_end, new, "migrate")
                print(f"\n{len(seconds) - asked} answers while it migrated, the slowest in {max(seconds):.2f} s")
                assert len(seconds) > asked
                check_nothing_is_lost(before, rows_of(address, columns), may_change={"people": ASKING})
            await live_in(old, api, 8, in_vain=POOL)
            await write_at_the_desk(old, "Etter oppgraderingen.")
            assert await old.end() == 0
            check_has_no_faults(old)

            before = rows_of(address, columns)
            new.start()
            await new.is_up()
            check_nothing_is_lost(before, rows_of(address, columns), may_change={})
            await live_in(new, api, 9, in_vain=AIRPORT)
            assert "Etter oppgraderingen." in await read_at_the_desk(new, password_in(old))
            assert await new.end() == 0
            check_has_no_faults(new)
        finally:
            old.clean_up()
            new.clean_up()
    check_what_the_old_one_wrote(address)


def check_has_no_faults(there: Installation) -> None:
    wrong = [line for line in there.log().splitlines() if any(fault in line for fault in FAULTS)]
    assert wrong == []


def check_what_the_old_one_wrote(address: str) -> None:
    """Columns that the first release does not know got what they mean for it."""
    columns = {"people": ["channel", "language", "reads_easy"], "revisions": ["easy"], "gaps": ["text", "times"]}
    rows = rows_of(address, columns)
    easy = {one[2] for one in rows["people"]}
    arabic = Counter(one[0] for one in rows["people"].elements() if one[1] == "'ar'")
    assert (easy <= {"False", "0"}, set(rows["revisions"])) == (True, {("''",)})
    assert (arabic["'web'"], arabic["'telegram'"]) == (ASKING + 3, 3)  # each day one of each
    assert rows["gaps"] == Counter([(repr(AIRPORT), "2"), (repr(POOL), "1")])


@pytest.mark.slow
async def test_the_migration_gives_way_to_who_waits_for_it(postgres_engine: Engine) -> None:
    """A turn has read people, the migration takes some tables, the turn wants to write: one of them must let go."""
    name = f"t{uuid4().hex}"
    postgres_engine.create(name)
    database = Database(postgres_engine.address(name))
    await migrate(database, to="0001")
    async with await psycopg.AsyncConnection.connect(postgres_engine.address(name).replace("+psycopg", "")) as turn:
        await turn.execute("SELECT * FROM people")
        migrating = asyncio.create_task(migrate(database))
        await asyncio.sleep(0.3)

        await turn.execute("UPDATE people SET language = 'ar'")
        await asyncio.sleep(1.5)  # a turn that takes its time
        await turn.commit()
        await migrating

    assert "explanations" in columns_of(postgres_engine.address(name))
    await database.close()
    postgres_engine.drop(name)


async def test_a_database_of_a_newer_release_is_explained(address: str) -> None:
    database = Database(address)
    await migrate(database, to="0001")
    async with database.engine.begin() as connection:
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(SetupProblem, match="newer release"):
        await migrate(database)

    await database.close()


async def test_easy_texts_of_the_release_before_are_held_against_the_source_as_it_was(address: str) -> None:
    """Of translations that are up to date it is known what they were made from; of the others nothing is claimed."""
    database = Database(address)
    await migrate(database, to="0009")
    rows = [  # language, lifecycle, easy text, made from
        ("nb", "published", "Alle får plass.", None),
        ("ar", "published", "كل طفل له مكان.", "the plain text"),
        ("ar", "draft", "لكل طفل مكان.", "the plain text"),
        ("uk", "published", "Є місце.", "an older plain text"),
        ("pl", "published", "", "the plain text"),
    ]
    async with database.engine.begin() as connection:
        for line in before_easy_from(rows):
            await connection.execute(sa.text(line))

    await migrate(database)

    stamps = "SELECT easy, easy_hash, easy_from_hash FROM revisions"
    async with database.engine.begin() as connection:
        found = {easy: stamped for easy, *stamped in (await connection.execute(sa.text(stamps))).all()}
    hashes = {easy: Text("", "", easy=easy).easy_hash() if easy else None for _code, _state, easy, _from in rows}
    source = hashes["Alle får plass."]
    assert {easy: mine for easy, (mine, _from) in found.items()} == hashes
    assert {easy for easy, (_mine, made_from) in found.items() if made_from == source} == {rows[1][2], rows[2][2]}
    assert {made_from for _mine, made_from in found.values()} == {source, None}
    await database.close()


def before_easy_from(rows: list[tuple[str, str, str, str | None]]) -> Iterator[str]:
    """An answer with these texts, as the ninth migration has the tables."""
    empty = "'[]', '[]', '[]', '[]'"
    yield (
        "INSERT INTO answers (id, area, priority, is_safety, owner, contact, levels, audience, life_events, related,"
        f" source_language, is_hidden_when_expired) VALUES ('a', 'services', 1, false, '', '', {empty}, 'nb', false)"
    )
    numbers = {code: number for number, code in enumerate(dict.fromkeys(row[0] for row in rows), start=1)}
    for code, number in numbers.items():
        yield f"INSERT INTO translations (id, answer_id, language) VALUES ({number}, 'a', '{code}')"
    for number, (code, lifecycle, easy, made_from) in enumerate(rows, start=1):
        yield (
            'INSERT INTO revisions (translation_id, number, lifecycle, origin, title, short, "full", easy,'
            " applies_to, next_steps, referral, asked_as, text_hash, made_from_hash, created_at, is_small_change,"
            " is_review_owed)"
            f" VALUES ({numbers[code]}, {number}, '{lifecycle}', 'human', '', '', '', '{easy}', '', '[]', '{{}}', '[]',"
            f" 'the plain text', {repr(made_from) if made_from else 'NULL'}, '2026-11-20 08:00:00+00', false, false)"
        )
