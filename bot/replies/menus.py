"""Replies that help a person find their way: greeting, languages, topics, help."""

from collections.abc import Sequence
from dataclasses import replace

from bot.replies.base import ReplyMaker
from content.catalogue import PublishedAnswer
from core import languages
from core.i18n import Translator
from core.messages import Button, Kind, OutgoingMessage, Piece


class MenuReplies(ReplyMaker):
    """Greeting, languages, topics by area and by life event."""

    def welcome(self) -> OutgoingMessage:
        """The first words."""
        t = self.t
        pieces = [
            Piece(Kind.TITLE, t("Hello! Ask about everyday life in {place}.", place=self._place())),
            Piece(
                Kind.TEXT,
                t(
                    "Write your question in your own words. I answer with texts from the municipality:"
                    " about grants, rooms, Norwegian customs and public services."
                ),
            ),
            Piece(Kind.NOTE, t("I am a computer program, not a person. Please do not send identity numbers.")),
            *self._example_note(),
        ]
        return self.message(
            pieces, [Button(t("Choose language"), "language"), self._menu_button(), self._safety_button()]
        )

    def languages(self) -> OutgoingMessage:
        """All promised languages, each under its own name."""
        buttons = [Button(name, f"language:{code}") for code, name in languages.NAMES.items()]
        if self.may_choose_reading():
            buttons.append(self._reading_button())
        return self.message([Piece(Kind.TEXT, self.t("Which language do you want?"))], buttons)

    def language_chosen(self) -> OutgoingMessage:
        """In the new language."""
        t = self.t
        text = t("From now on I answer in {language}.", language=languages.name(t.language))
        ask = t("What would you like to know?")
        return self.message([Piece(Kind.TEXT, text), Piece(Kind.TEXT, ask)], [self._menu_button()])

    def reads_from_now_on(self) -> Piece:
        """What a choice of reading means."""
        t = self.t
        if self.reads_easy:
            return Piece(Kind.NOTE, t("From now on you get a text that is easier to read, where there is one."))
        return Piece(Kind.NOTE, t("From now on you get the whole text."))

    def reading_chosen(self, answer: PublishedAnswer | None) -> OutgoingMessage:
        """When there is nothing to show in the new way; ``answer`` is what was read just before."""
        back = [Button(self.title(answer), f"answer:{answer.id}")] if answer else []
        return self.message(
            [replace(self.reads_from_now_on(), kind=Kind.TEXT)], [*back, self._reading_button(), self._menu_button()]
        )

    def offer_language(self, code: str, theirs: Translator) -> Button:
        """A button, in the other language, to go on in it. ``theirs`` has that language's words."""
        return Button(theirs("Answer in {language}", language=languages.name(code)), f"language:{code}")

    def menu(self) -> OutgoingMessage:
        """Areas, and life events."""
        t = self.t
        buttons = [Button(self.area_name(area), f"area:{area}") for area in self.catalogue.areas()]
        if self.catalogue.life_events():
            buttons.append(Button(t("By what happens in your life"), "events"))
        if self.catalogue.glossary.texts:
            buttons.append(Button(t("Norwegian words"), "words"))
        buttons.append(Button(t("Messages from organisations"), "messages"))
        buttons += [self._safety_button(), self._person_button(), Button(t("Choose language"), "language")]
        return self.message([Piece(Kind.TEXT, t("What is it about?"))], buttons)

    def area(self, area: str) -> OutgoingMessage:
        """All answers of one area."""
        return self._list(self.area_name(area), self.catalogue.in_area(area))

    def life_events(self) -> OutgoingMessage:
        """All life events that have answers."""
        buttons = [Button(self.event_name(event), f"event:{event}") for event in self.catalogue.life_events()]
        return self.message([Piece(Kind.TEXT, self.t("What is happening?"))], [*buttons, self._menu_button()])

    def life_event(self, event: str) -> OutgoingMessage:
        """All answers of one life event."""
        return self._list(self.event_name(event), self.catalogue.at_life_event(event))

    def _list(self, heading: str, answers: Sequence[PublishedAnswer]) -> OutgoingMessage:
        buttons = [Button(self.title(answer), f"answer:{answer.id}") for answer in answers]
        counted = self.t.plural("{count} answer", "{count} answers", len(answers))
        return self.message([Piece(Kind.TITLE, heading), Piece(Kind.NOTE, counted)], [*buttons, self._menu_button()])

    def area_name(self, area: str) -> str:
        """The area for the menu."""
        t = self.t
        names = {
            "grants": t("Grants and support"),
            "premises": t("Rooms and equipment"),
            "practice": t("Associations and Norwegian customs"),
            "services": t("Public services"),
        }
        return names.get(area) or area.replace("-", " ").capitalize()

    def event_name(self, event: str) -> str:
        """The life event for the menu."""
        t = self.t
        names = {
            "new-in-norway": t("I am new in Norway"),
            "moving": t("I am moving"),
            "having-a-child": t("We are having a child"),
            "child-in-school": t("My child goes to kindergarten or school"),
            "starting-work": t("I am looking for work or starting work"),
            "losing-work": t("I have lost my job"),
            "illness": t("I am ill or having a hard time"),
            "family-reunion": t("My family wants to come"),
            "crisis": t("Something dangerous or very difficult is happening"),
            "start-organisation": t("We want to start an association"),
            "run-organisation": t("We run an association"),
            "becoming-citizen": t("I want to stay in Norway"),
            "short-of-money": t("I do not have enough money"),
        }
        return names.get(event) or event.replace("-", " ").capitalize()

    def help(self) -> OutgoingMessage:
        """How this works."""
        t = self.t
        lines = (
            t("Write a question in a few words, in any language. For example: “How do I find a doctor?”"),
            t("Press a button, or write “menu” to see all topics."),
            t("Write “language” to change the language, “person” to reach a person."),
            t("Write “easier” for texts that are easier to read, “all of it” for the whole text."),
            t("Write “my data” to see what is stored, “forget me” to delete it, “stop” to get no messages."),
        )
        return self.message(
            [Piece(Kind.TEXT, t("This is how it works:")), *(Piece(Kind.ITEM, line) for line in lines)],
            [self._menu_button(), self._person_button(), self._safety_button()],
        )
