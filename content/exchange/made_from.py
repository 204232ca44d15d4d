"""Which source text a translator has read: the file has its hash, unless the translator's program lost it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from content.exchange.units import PackedAnswer, text_from, units
from content.freshness import Text
from content.models import Revision


@dataclass(frozen=True, slots=True)
class MadeFrom:
    """The source text that a translator has read, and the hash of the one that the translation counts as made from."""

    template: Text
    counts_as: str | None


async def find_made_from(session: AsyncSession, source: Revision, packed: PackedAnswer) -> MadeFrom:
    """After small changes of the source text, a translation counts as made from the text that they led to."""
    cut = {unit.key: unit.source for unit in packed.units if unit.source}
    now = {one.key: one.source for one in units("", source.text(), None)}
    if not packed.source_hash and _plain(cut) == _plain(now):
        return MadeFrom(source.text(), source.text_hash)  # a program lost the hash, but the text is this one
    published = await session.scalars(
        select(Revision)
        .where(Revision.translation_id == source.translation_id, Revision.published_at.is_not(None))
        .order_by(Revision.number)
    )
    found: MadeFrom | None = None
    is_unbroken = False
    for revision in published:
        if revision.text_hash == packed.source_hash:
            found, is_unbroken = MadeFrom(revision.text(), revision.text_hash), True
        elif found is not None and is_unbroken and revision.is_small_change:
            found = replace(found, counts_as=revision.text_hash)
        else:
            is_unbroken = False
    return found or MadeFrom(text_from((replace(unit, target=unit.source) for unit in packed.units), _shape(cut)), None)


def _plain(cut: Mapping[str, str]) -> dict[str, str]:
    """Without the easy text, which outdates nothing."""
    return {key: words for key, words in cut.items() if not key.startswith("easy.")}


def _shape(cut: Mapping[str, str]) -> Text:
    """A text with as many paragraphs as the file has: for a source text that we do not know."""
    numbers = [int(number) for key in cut if (number := key.removeprefix("full.")).isdecimal() and len(number) < 4]
    return Text("", "", full="\n\n" * max(numbers, default=0))
