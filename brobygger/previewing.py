"""Shows staff what residents would see: the bot's own reply on the web chat's own template."""

from dataclasses import replace
from datetime import date

from bot.announcing import word
from bot.channels.web.rendering import Entry, Pages
from bot.replies import Replies
from broadcasts.announcements.announcement import Announcement
from content.catalogue import Catalogue
from core import languages
from core.i18n import Catalogues, Translator

_NOTHING_PUBLISHED = Catalogue(  # no telephone number is known
    version=0,
    municipality="",
    website="",
    zone="",
    is_example=False,
    answers={},
    offices={},
    facts={},
    unverified_facts=frozenset(),
)


class Preview:
    """The editor's port for it."""

    def __init__(self, words: Catalogues) -> None:
        self._words = words
        self._pages = Pages()

    def __call__(self, catalogue: Catalogue, answer_id: str, language: str, *, today: date, is_easy: bool) -> str:
        """The reply as HTML, without its buttons: nothing in a preview can be pressed."""
        t = self._words.translator(language)
        message = Replies(t, catalogue, today=today, reads_easy=is_easy).answer(catalogue.answers[answer_id])
        return self._pages.entry(t, Entry(None, replace(message, buttons=())), catalogue, embedded=True)

    def announcement(self, announcement: Announcement) -> str:
        """The message as HTML; for a reader whose language we have no words in, with those of the next."""
        t = self._words.translator(languages.resolve(announcement.wanted))
        message = replace(word(announcement, t), buttons=())
        return self._pages.entry(t, Entry(None, message), _NOTHING_PUBLISHED, embedded=True)

    def words(self, language: str) -> Translator:
        """The bot's own words in this language."""
        return self._words.translator(language)
