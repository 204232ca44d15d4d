"""`make migration name="..."`: compares the models with an empty, migrated database and writes the difference."""

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from brobygger.migrating import alembic_config


def main() -> None:
    """Write migrations/versions/<next number>_<name>.py."""
    if len(sys.argv) != 2 or not sys.argv[1].strip():
        sys.exit('Say what it is about: make migration name="delivery lease"')
    config = alembic_config()
    newest = ScriptDirectory.from_config(config).get_current_head() or "0000"
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{Path(folder) / 'empty.sqlite3'}")
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            command.revision(config, message=sys.argv[1], autogenerate=True, rev_id=f"{int(newest) + 1:04}")


if __name__ == "__main__":
    main()
