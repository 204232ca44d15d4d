"""Every database of a test run knows the statements that another one has compiled, as a long-lived process does.

A test has a database of its own, and a fresh engine would work out anew what each statement is in SQL: half of all that
a small test takes. So dialects that write alike are one key, and all engines share one store.
"""

from sqlalchemy.engine import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache

from core.sealing import seal_of

MOST = 3000  # statements, each once for every kind of database


def remember_statements() -> None:
    """From now on, for all engines of this process: two dialects are the same if they are of one class and one seal."""

    def is_alike(one: DefaultDialect, other: object) -> bool:
        return type(one) is type(other) and seal_of(one) is seal_of(other)  # type: ignore[arg-type]

    known: LRUCache[object, object] = LRUCache(MOST)
    DefaultDialect.__eq__ = is_alike  # type: ignore[method-assign, assignment]
    DefaultDialect.__hash__ = lambda one: hash(type(one))  # type: ignore[method-assign]
    Engine._compiled_cache = property(lambda _engine: known, lambda _engine, _own: None)  # type: ignore[assignment]
