"""Which links residents can see, and which answers they stand in: as sources, and in texts of any language."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from content.facts import FactType, names_in
from content.models import Answer, Fact, Lifecycle, Municipality, Revision, Source, Translation

# A stop or a bracket after an address belongs to the sentence around it, as the web chat sees it too.
_IN_TEXT = re.compile(r"https?://[^\s<>\"\u2069]*[^\s<>\"\u2069.,;:!?)\]»”']", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LinkUse:
    """An answer with a link: among its sources, in its texts of these languages, or both."""

    answer_id: str
    title: str  # in the source language
    source_language: str
    is_source: bool
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StandingLink:
    """A link with the answers that use it, by their ids; ``facts`` are those through which it comes into texts."""

    url: str
    uses: tuple[LinkUse, ...]
    facts: tuple[str, ...]


def links_in(text: str) -> list[str]:
    """The web addresses in a text, in order."""
    return _IN_TEXT.findall(text)


async def list_standing_links(session: AsyncSession) -> list[StandingLink]:
    """All links of published answers, by address. Reads every published text."""
    found: defaultdict[str, _Places] = defaultdict(_Places)
    published = (
        select(Translation.id)
        .join(Revision)
        .where(Translation.answer_id == Answer.id, Revision.lifecycle == Lifecycle.PUBLISHED)
    )
    sources = await session.execute(select(Source.url, Source.answer_id).join(Answer).where(exists(published)))
    for url, answer_id in sources:
        if url.strip():
            found[url.strip()].sources.add(answer_id)
    facts = await _link_facts(session)
    titles: dict[str, tuple[str, str]] = {}
    for row in await session.execute(_TEXTS):
        if row.language == row.source_language or row.answer_id not in titles:
            titles[row.answer_id] = (row.title, row.source_language)
        # Joined: no address and no fact goes on beyond a line, and thousands of texts are read.
        text = "\n".join(
            (row.title, row.short, row.full, row.easy, row.applies_to, *row.next_steps, *row.referral.values())
        )
        for url, fact in _links(text, facts):
            found[url].texts[row.answer_id].add(row.language)
            found[url].facts.update({fact} if fact else ())
    return [found[url].link(url, titles) for url in sorted(found)]


_TEXTS = (
    select(
        Translation.answer_id,
        Translation.language,
        Answer.source_language,
        Revision.title,
        Revision.short,
        Revision.full,
        Revision.easy,
        Revision.applies_to,
        Revision.next_steps,
        Revision.referral,
    )
    .join(Revision, Revision.translation_id == Translation.id)
    .join(Answer, Answer.id == Translation.answer_id)
    .where(Revision.lifecycle == Lifecycle.PUBLISHED)
    .order_by(Translation.answer_id, Translation.language)
)


@dataclass(slots=True)
class _Places:
    """Where a link stands, while we look."""

    sources: set[str] = field(default_factory=set)  # ids of answers
    texts: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # languages, by answer
    facts: set[str] = field(default_factory=set)

    def link(self, url: str, titles: Mapping[str, tuple[str, str]]) -> StandingLink:
        uses = tuple(
            LinkUse(one, *titles[one], one in self.sources, tuple(sorted(self.texts.get(one, ()))))
            for one in sorted(self.sources | set(self.texts))
            if one in titles
        )
        return StandingLink(url, uses, tuple(sorted(self.facts)))


def _links(text: str, facts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Each link with the fact that it comes through, "" when it stands in the text itself."""
    yield from ((url, "") for url in links_in(text))
    yield from ((facts[name], name) for name in names_in(text) if name in facts)


async def _link_facts(session: AsyncSession) -> dict[str, str]:
    rows = await session.execute(select(Fact.name, Fact.value).where(Fact.type == FactType.LINK.value))
    facts = {fact.name: fact.value for fact in rows if fact.value}
    town = await session.get(Municipality, 1)
    return {"municipality.website": town.website, **facts} if town and town.website else facts
