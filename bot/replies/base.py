"""What all replies are made with: the reader's words, the published content, today's date."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache

from babel.dates import format_date, format_datetime, get_timezone

from content.catalogue import Catalogue, OfficeCard, PublishedAnswer, PublishedText
from content.facts import LRI, PDI, FactType, Value, fill, names_in, show
from content.freshness import Freshness
from content.models import Origin
from content.reading_aloud.robot import RobotVoice
from core import languages
from core.i18n import Translator
from core.messages import Button, Kind, OutgoingMessage, Piece


class ReplyMaker:
    """Makes messages for one reader."""

    def __init__(
        self,
        t: Translator,
        catalogue: Catalogue,
        *,
        today: date,
        reads_easy: bool = False,
        robot: RobotVoice | None = None,
    ) -> None:
        self.t = t
        self.reads_easy = reads_easy
        self.robot = robot
        self.catalogue = catalogue
        self.today = today
        self._answers: dict[str, tuple[PublishedAnswer, OutgoingMessage]] = {}
        self._facts = cache(catalogue.facts_for)  # once a language, however many fields use them

    def title(self, answer: PublishedAnswer) -> str:
        """An answer's title in the reader's language or the next best."""
        return answer.text_for(self.t.language).title

    def has_easy(self, answer: PublishedAnswer) -> bool:
        """Whether this reader may choose between an easy and a plain text of this answer."""
        return bool(answer.text_for(self.t.language).easy) and answer.is_valid(self.today)

    def may_choose_reading(self) -> bool:
        """Whether there is an easy text for this reader at all, or they chose one before."""
        return self.reads_easy or any(map(self.has_easy, self.catalogue.answers.values()))

    def _fill(self, text: str, revision: PublishedText) -> str:
        """Facts are written as the language of the text writes them, which may not be the reader's."""
        if "{fact:" not in text:
            return text
        words = self.t if revision.language == self.t.language else self.t.sibling(revision.language)
        return fill(text, self._facts(revision.language), words)

    def _said(self, text: str, revision: PublishedText) -> Piece:
        return Piece(Kind.TEXT, self._fill(text, revision), language=revision.language)

    def _labels(self, text: PublishedText) -> list[Piece]:
        """What the reader must know about this text as a text."""
        notes = self._where_from(text.language, text.origin)
        if text.freshness is Freshness.OUTDATED or (self._is_easy(text) and text.is_easy_outdated):
            notes.append(Piece(Kind.NOTE, self.t("The Norwegian text has changed since this was translated.")))
        return notes

    def _where_from(self, language: str, origin: Origin) -> list[Piece]:
        """That a text is in another language than the reader's, or by a machine."""
        t = self.t
        notes = []
        if language != t.language:
            notes.append(
                t(
                    "We do not have this answer in {wanted} yet. It is shown in {shown}.",
                    wanted=languages.name(t.language),
                    shown=languages.name(language),
                )
            )
        if origin is Origin.MACHINE:
            notes.append(t("A machine translated this text. No person has checked the translation yet."))
        return [Piece(Kind.NOTE, note) for note in notes]

    def _referral(self, text: PublishedText) -> list[Piece]:
        t = self.t
        labels = {
            "whom": None,
            "how": None,
            "when": None,
            "bring": t("Have ready: {what}"),
            "interpreter": t("Interpreter: {what}"),
        }
        found = []
        for key, label in labels.items():
            said = self._fill(text.referral.get(key, ""), text)
            if said:
                found.append(Piece(Kind.ITEM, label.format(what=said) if label else said, language=text.language))
        return [Piece(Kind.LABEL, t("Who can help you")), *found] if found else []

    def _office(self, key: str) -> list[Piece]:
        office = self.catalogue.offices.get(key)
        return [] if office is None else self._office_card(office)

    def _office_card(self, office: OfficeCard) -> list[Piece]:
        t = self.t
        named_in = languages.first_available(t.language, office.names)
        pieces = [Piece(Kind.LABEL, office.name(t.language), language=named_in)]
        if told_in := languages.first_available(t.language, office.helps_with):
            pieces.append(Piece(Kind.ITEM, office.helps_with[told_in], language=told_in))
        details = (
            (t("Telephone: {value}"), FactType.PHONE, office.phone),
            (t("E-mail: {value}"), FactType.EMAIL, office.email),
            (t("Address: {value}"), FactType.ADDRESS, office.address),
            (t("Open: {value}"), FactType.HOURS, office.hours),
        )
        for words, kind, value in details:
            if value:
                shown = show(Value(kind, value), t)
                pieces.append(
                    Piece(Kind.ITEM, words.format(value=shown if kind is FactType.HOURS else self._number(shown)))
                )
        return pieces

    def _number(self, number: str) -> str:
        return f"{LRI}{number}{PDI}" if self.t.direction == "rtl" else number

    def _day(self, day: date | None) -> str:
        return format_date(day, "long", locale=self.t.locale) if day else ""

    def _moment(self, moment: datetime) -> str:
        return format_datetime(moment, "long", tzinfo=get_timezone(self.catalogue.zone), locale=self.t.locale)

    def _place(self) -> str:
        return self.catalogue.municipality or self.t("your municipality")

    def _example_note(self) -> list[Piece]:
        if not self.catalogue.is_example:
            return []
        words = self.t(
            "{place} does not exist. This is an example: offices and their telephone numbers are invented.",
            place=self._place(),
        )
        return [Piece(Kind.NOTE, words)]

    def _menu_button(self) -> Button:
        return Button(self.t("All topics"), "menu")

    def _reading_button(self, answer_id: str = "") -> Button:
        """To the other way of reading than the one in use."""
        label, name = (self.t("All of it"), "plain") if self.reads_easy else (self.t("Easier to read"), "easy")
        return Button(label, f"{name}:{answer_id}" if answer_id else name)

    def _person_button(self) -> Button:
        return Button(self.t("Talk to a person"), "person")

    def _safety_button(self) -> Button:
        return Button(self.t("Emergency help"), "safety")

    def message(
        self, pieces: Sequence[Piece], buttons: Sequence[Button], *, is_urgent: bool = False
    ) -> OutgoingMessage:
        """A message to this reader; pieces without words are left out."""
        kept = tuple(piece for piece in pieces if piece.text)
        return OutgoingMessage(self.t.language, kept, tuple(buttons), is_urgent=is_urgent)

    def _from_whom(self, answer: PublishedAnswer) -> str:
        """Who is responsible, and when it was checked; only gone through, where not all of it has been checked."""
        t = self.t
        office, day = self.catalogue.offices.get(answer.owner), self._day(answer.checked_on)
        parts = (office.name(t.language) if office else "", self.catalogue.municipality or "")
        who = languages.listed(filter(None, parts), t.language)
        if not day:
            return t("Responsible for this text: {office}.", office=who) if who else ""
        if self._is_verified(answer):
            if who:
                return t("Responsible for this text: {office}. Last checked: {day}.", office=who, day=day)
            return t("Last checked: {day}.", day=day)
        if who:
            return t("Responsible for this text: {office}. Last gone through: {day}.", office=who, day=day)
        return t("Last gone through: {day}.", day=day)

    def _is_easy(self, text: PublishedText) -> bool:
        """Whether the easy text stands in place of the plain one."""
        return self.reads_easy and bool(text.easy)

    def _is_verified(self, answer: PublishedAnswer) -> bool:
        """Whether the sources, and every fact in the text that this reader gets, have been held against their pages."""
        text = answer.text_for(self.t.language)
        plain = (text.short, text.full, text.applies_to, *text.next_steps, *text.referral.values())
        fields = (*plain, text.easy)
        used = {name for field in fields for name in names_in(field)}
        return not used & self.catalogue.unverified_facts and all(source.is_verified for source in answer.sources)
