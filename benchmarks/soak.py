"""Moderate load for a long time: does anything grow that should not?

    python -m benchmarks.soak [--minutes 30] [--rate 20] [--database postgresql://...]

Every half minute (or a tenth of a short time) it looks at the memory of the chat process, its files and sockets,
connections and the size of the database, and judges at the end: status 1 when something grew. A database that is given
must be one to throw away.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.load.__main__ import print_machine
from benchmarks.load.client import Plan
from benchmarks.load.town import ask, prepare, running_town
from benchmarks.load.watching import HEAD, Glimpse, judge, look
from core.database import Database
from core.logs import configure_logs
from core.settings import Settings


def main() -> None:
    """The command line."""
    options = argparse.ArgumentParser(description="Moderate load for a long time.")
    options.add_argument("--minutes", type=float, default=30)
    options.add_argument("--rate", type=float, default=20, help="questions a second")
    options.add_argument("--database", help="to throw away; without, SQLite in a folder of its own")
    chosen = options.parse_args()
    configure_logs("ERROR", as_json=False)
    print_machine()
    with tempfile.TemporaryDirectory() as folder:
        url = chosen.database or f"sqlite:///{Path(folder) / 'soak.sqlite3'}"
        wrong = asyncio.run(soak(url, minutes=chosen.minutes, rate=chosen.rate))
    for one in wrong or ["nothing grew"]:
        print(one)
    sys.exit(bool(wrong))


async def soak(url: str, *, minutes: float, rate: float, **more: str) -> list[str]:
    """What grew, or was not answered."""
    await prepare(url, **more)
    database = Database(Settings.from_env({"DATABASE_URL": url}).database_url)
    seen: list[Glimpse] = []
    turns = lost = stretch = 0
    try:
        async with running_town(url, **more) as town:
            print(HEAD, flush=True)
            started = time.monotonic()
            while (passed := time.monotonic() - started) < minutes * 60:
                seen.append(await look(town, database, minutes=passed / 60))
                print(seen[-1].row(), flush=True)
                stretch += 1
                count = max(1, int(rate * min(30, minutes * 6)))
                part = await ask(town, Plan(town.ports, count, rate=rate, seed=stretch))
                turns, lost = turns + len(part.seconds), lost + part.missing
            seen.append(await look(town, database, minutes=minutes))
            print(seen[-1].row(), flush=True)
    finally:
        await database.close()
    return judge(seen, turns=turns) + ([f"{lost} of {turns + lost} questions were not answered"] if lost else [])


if __name__ == "__main__":
    main()
