"""From which easy text of the source the easy text of a translation was made.

The release before writes neither column: what it writes says nothing of it, and nothing is claimed then. What is there
is filled in: an easy text of a translation that is up to date counts as made from the easy text that the source has.
The hashes are those that texts are compared with ever after, so the rule of content.freshness makes them here too.
"""

import sqlalchemy as sa
from alembic import op

from content.freshness import Text

revision = "0010"
down_revision = "0009"

STATES = ("translation_id", "lifecycle", "text_hash", "made_from_hash")
OPEN_OR_SEEN = ("published", "draft", "in_review")
answers = sa.table("answers", sa.column("id"), sa.column("source_language"))
translations = sa.table("translations", sa.column("id"), sa.column("answer_id"), sa.column("language"))
revisions = sa.table(
    "revisions",
    *(sa.column(name) for name in ("id", "translation_id", "lifecycle", "easy", "text_hash", "made_from_hash")),
    *(sa.column(name) for name in ("easy_hash", "easy_from_hash")),
)


def upgrade() -> None:
    op.add_column("revisions", sa.Column("easy_hash", sa.String(length=64), nullable=True))
    op.add_column("revisions", sa.Column("easy_from_hash", sa.String(length=64), nullable=True))
    _fill_in(op.get_bind())
    op.drop_index("ix_revisions_states", table_name="revisions")
    columns = [*STATES, "easy_hash", "easy_from_hash", "origin", "is_review_owed"]
    op.create_index("ix_revisions_states", "revisions", columns)


def _fill_in(connection: sa.Connection) -> None:
    with_easy = sa.select(revisions.c.id, revisions.c.easy).where(revisions.c.easy != "")
    hashes = [{"key": key, "hash": Text("", "", easy=easy).easy_hash()} for key, easy in connection.execute(with_easy)]
    if not hashes:
        return
    mine = revisions.c.id == sa.bindparam("key")
    connection.execute(sa.update(revisions).where(mine).values(easy_hash=sa.bindparam("hash")), hashes)
    source, its_translation = revisions.alias(), translations.alias()
    pairs = (
        sa.select(revisions.c.id, source.c.easy_hash)
        .join(translations, translations.c.id == revisions.c.translation_id)
        .join(answers, answers.c.id == translations.c.answer_id)
        .join(
            its_translation,
            sa.and_(
                its_translation.c.answer_id == answers.c.id, its_translation.c.language == answers.c.source_language
            ),
        )
        .join(source, sa.and_(source.c.translation_id == its_translation.c.id, source.c.lifecycle == "published"))
        .where(
            translations.c.language != answers.c.source_language,
            revisions.c.lifecycle.in_(OPEN_OR_SEEN),
            revisions.c.easy != "",
            revisions.c.made_from_hash == source.c.text_hash,
            source.c.easy_hash.is_not(None),
        )
    )
    made = [{"key": key, "hash": easy_hash} for key, easy_hash in connection.execute(pairs)]
    if made:
        connection.execute(sa.update(revisions).where(mine).values(easy_from_hash=sa.bindparam("hash")), made)
