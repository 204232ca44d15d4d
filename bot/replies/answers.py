"""Replies that carry vetted answers, or lead to a person when there is none."""

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.replies.base import ReplyMaker
from content.catalogue import SERVICE_CENTRE, PublishedAnswer, PublishedText
from content.easy_texts import lines_of
from core import languages
from core.i18n import Translator
from core.messages import Button, Kind, OutgoingMessage, Piece, Reading

MOST_KEPT = 100  # answers in one language, some ten kilobytes each
_MARKS = re.compile("[\u2066-\u2069]")  # they isolate directions on paper; a voice would name them


class AnswerReplies(ReplyMaker):
    """Vetted answers, choices, an honest no, a person."""

    def answer(self, answer: PublishedAnswer, *, others: Sequence[str] = ()) -> OutgoingMessage:
        """A vetted answer with everything that must stand with it."""
        if not answer.is_valid(self.today):
            text = answer.text_for(self.t.language)
            return self._emergency_numbers() if answer.is_safety else self._expired(answer, text)
        return replace(self._kept(answer), buttons=tuple(self._answer_buttons(answer, others)))

    def _kept(self, answer: PublishedAnswer) -> OutgoingMessage:
        """A valid answer without its buttons: made once for all who read it the same way."""
        of, message = self._answers.pop(answer.id, (None, None))
        if message is None or of is not answer:
            message = self._valid(answer)
        self._answers[answer.id] = answer, message  # at the end: the first was read longest ago
        if len(self._answers) > MOST_KEPT:
            del self._answers[next(iter(self._answers))]
        return message

    def _valid(self, answer: PublishedAnswer) -> OutgoingMessage:
        t, text = self.t, answer.text_for(self.t.language)
        title = Piece(Kind.TITLE, text.title, language=text.language)
        first, body = self._easy(text) if self._is_easy(text) else self._plain(text)
        if text.applies_to:
            body += [Piece(Kind.LABEL, t("Who this is for")), self._said(text.applies_to, text)]
        if text.next_steps:
            body.append(Piece(Kind.LABEL, t("What you can do next")))
            body += [Piece(Kind.ITEM, self._fill(step, text), language=text.language) for step in text.next_steps]
        body += self._referral(text)
        body += self._standing(answer)
        labels = self._labels(text)
        # In danger the numbers, with which short and easy texts begin, come first; title and source can wait.
        pieces = [*first, title, *body, *labels] if answer.is_safety else [title, *labels, *first, *body]
        message = self.message(pieces, (), is_urgent=answer.is_safety)
        return replace(message, reading=self._reading(answer, text), vetted=message.pieces)

    def listen(self, answer: PublishedAnswer) -> OutgoingMessage:
        """The words that come before a sound: what it is and, for a robot, that it is one."""
        text = answer.text_for(self.t.language)
        reading = self._reading(answer, text) if answer.is_valid(self.today) else None
        if reading is None:
            return self.no_sound(answer)
        numbers = self._most_urgent_numbers() if answer.is_safety else []
        pieces = [*numbers, Piece(Kind.TITLE, text.title, language=text.language), *self._labels(text)]
        if reading.is_robot:
            pieces.append(Piece(Kind.NOTE, self.robot_says(self.t)))
        message = self.message(pieces, [self._back_to(answer), self._menu_button()], is_urgent=answer.is_safety)
        return replace(message, sound=reading)

    def no_sound(self, answer: PublishedAnswer | None) -> OutgoingMessage:
        """Instead of a sound that could not be had."""
        words = self.t("This cannot be read aloud just now. Please read it, or try again in a little while.")
        buttons = [self._back_to(answer)] if answer else []
        return self.message([Piece(Kind.TEXT, words)], [*buttons, self._menu_button()])

    def spoken(self, answer: PublishedAnswer) -> list[str]:
        """What a robot says of an answer, in this reader's language: that it is one, then all but the addresses."""
        pieces = self.answer(answer).pieces
        lines = [one.text for one in pieces if one.kind is not Kind.LINK and one.language in (None, self.t.language)]
        return [self.robot_says(self.t), *(_MARKS.sub("", line) for line in lines)]

    @staticmethod
    def robot_says(t: Translator) -> str:
        """That the voice is a robot's: read and heard."""
        return t("This is a robot voice, not a person. It may say words wrongly.")

    def _reading(self, answer: PublishedAnswer, text: PublishedText) -> Reading | None:
        """A person's voice where there is one, else a robot's where the town wants it and it speaks the language."""
        if self._is_easy(text):
            return None  # recordings and the robot read the plain text; a page's own voice reads what stands there
        button = Button(self.t("Listen"), f"listen:{answer.id}")
        if self.catalogue.recording_of(answer, text.language) is not None:
            return Reading(answer.id, text.language, button, is_robot=False)
        if self.robot is not None and text.language in self.robot.languages:
            return Reading(answer.id, text.language, button, is_robot=True, is_sendable=self.robot.is_sendable)
        return None

    def share(self, answer: PublishedAnswer) -> OutgoingMessage:
        """A text to forward: the short answer with its source and date."""
        t, text = self.t, answer.text_for(self.t.language)
        if not answer.is_valid(self.today):
            return self.answer(answer)
        pieces = [
            Piece(Kind.NOTE, t("Copy or forward this text:")),
            Piece(Kind.TITLE, text.title, language=text.language),
            self._said(text.short, text),
            *self._referral(text)[:3],
            *(Piece(Kind.LINK, t("Source"), url=source.url) for source in answer.sources[:1]),
            Piece(Kind.NOTE, self._from_whom(answer)),
            *self._labels(text),
        ]
        return self.message(pieces, [self._back_to(answer)])

    def choices(self, answers: Sequence[PublishedAnswer]) -> OutgoingMessage:
        """Two or three answers that may be meant; the numbers to call come first when the first is about danger."""
        t = self.t
        numbers = self._most_urgent_numbers() if answers[0].is_safety else []
        buttons = [Button(self.title(answer), f"answer:{answer.id}") for answer in answers]
        buttons += [Button(t("None of these"), "none"), self._safety_button()]
        ask = Piece(Kind.TEXT, t("I am not sure what you mean. Is it one of these?"))
        return self.message([*numbers, ask], buttons)

    def not_found(self) -> OutgoingMessage:
        """An honest no, and a person."""
        t = self.t
        pieces = [
            Piece(Kind.TEXT, t("I have no checked answer to that, and I do not guess. A person can help you:")),
            *self._office(SERVICE_CENTRE),
            Piece(Kind.TEXT, t("You can also ask in other words, or look in the list of topics.")),
        ]
        return self.message(pieces, [self._menu_button(), self._person_button(), self._safety_button()])

    def pause(self) -> OutgoingMessage:
        """Too many messages from one browser or network. Who is in danger is told whom to call all the same."""
        t = self.t
        words = t(
            "Very many messages come from you, or from others on your network, just now. Please wait a little, and send"
            " yours again."
        )
        pieces = [Piece(Kind.TEXT, words), *self._most_urgent_numbers()]
        return self.message(pieces, [self._safety_button()])

    def safety(self, answer_id: str | None) -> OutgoingMessage:
        """The safety answer for this danger, or the numbers from the catalogue where there is none."""
        answer = self.catalogue.answers.get(answer_id or "") or self.catalogue.answers.get("services-emergency-numbers")
        return self.answer(answer) if answer is not None else self._emergency_numbers()

    def _emergency_numbers(self) -> OutgoingMessage:
        """For those in danger when there is no published answer that holds today."""
        t = self.t
        lines = (
            t("Fire: {number}", number=self._number("110")),
            t("Doctor, evenings, nights and weekends: {number}", number=self._number("116 117")),
            t("Violence and abuse, day and night: {number}", number=self._number("116 006")),
            t("Children and young people in danger: {number}", number=self._number("116 111")),
            t("Somebody to talk to about mental health: {number}", number=self._number("116 123")),
        )
        pieces = [*self._most_urgent_numbers(), *(Piece(Kind.ITEM, line) for line in lines)]
        return self.message(pieces, [self._menu_button()], is_urgent=True)

    def _most_urgent_numbers(self) -> list[Piece]:
        t = self.t
        lines = (
            t("Ambulance, when life is in danger: {number}", number=self._number("113")),
            t("Police, when somebody is in danger: {number}", number=self._number("112")),
        )
        return [Piece(Kind.ITEM, line) for line in lines]

    def safety_menu(self) -> OutgoingMessage:
        """All safety answers, after the emergency numbers."""
        numbers = self.safety("services-emergency-numbers")
        others = [
            Button(self.title(answer), f"answer:{answer.id}")
            for answer in self.catalogue.answers.values()
            if answer.is_safety and answer.id != "services-emergency-numbers"
        ]
        return OutgoingMessage(numbers.language, numbers.pieces, (*others, self._menu_button()), is_urgent=True)

    def person(self, about: PublishedAnswer | None) -> OutgoingMessage:
        """The right contact and its opening hours."""
        t = self.t
        key = about.contact if about and about.contact in self.catalogue.offices else SERVICE_CENTRE
        office = self.catalogue.offices.get(key)
        if office is None:
            return self.message([Piece(Kind.TEXT, t("Contact your municipality."))], [self._menu_button()])
        pieces = [
            Piece(Kind.TEXT, t("You can talk to a person here:")),
            *self._office(key),
            Piece(Kind.NOTE, t("You can ask for an interpreter. It costs you nothing. Say so when you make contact.")),
        ]
        if key != SERVICE_CENTRE and SERVICE_CENTRE in self.catalogue.offices:
            pieces += [Piece(Kind.TEXT, t("Not sure who to ask? Ask here:")), *self._office(SERVICE_CENTRE)]
        return self.message(pieces, [self._menu_button(), self._safety_button()])

    def follow_up(self, answer: PublishedAnswer) -> Piece:
        """The title when the previous answer was taken along."""
        return Piece(Kind.TITLE, self.t("I think you mean: {title}", title=self.title(answer)))

    def gone(self) -> OutgoingMessage:
        """A button whose answer is no longer there."""
        return self.message(
            [Piece(Kind.TEXT, self.t("This answer is no longer here. Please ask again, or choose a topic."))],
            [self._menu_button(), self._person_button()],
        )

    def _expired(self, answer: PublishedAnswer, text: PublishedText) -> OutgoingMessage:
        t = self.t
        pieces = [
            Piece(Kind.TITLE, text.title, language=text.language),
            Piece(Kind.TEXT, t("The answer I had is out of date, so I do not show it. A person can help you:")),
            *self._office(answer.contact if answer.contact in self.catalogue.offices else SERVICE_CENTRE),
        ]
        return self.message(pieces, [self._menu_button()])

    def _standing(self, answer: PublishedAnswer) -> list[Piece]:
        """Who is responsible, where it comes from, when it was checked."""
        t = self.t
        pieces = [
            Piece(Kind.LINK, t("Source: {name}", name=source.name or source.url), url=source.url)
            for source in answer.sources
        ]
        pieces.append(Piece(Kind.NOTE, self._from_whom(answer)))
        if answer.levels:
            levels = languages.listed((self.level_name(level) for level in answer.levels), t.language)
            pieces.append(Piece(Kind.NOTE, t("This is a matter for: {levels}.", levels=levels)))
        if not self._is_verified(answer):
            pieces.append(
                Piece(
                    Kind.NOTE,
                    t("Not all of this has been checked against the official pages yet. Ask before you rely on it."),
                )
            )
        if answer.is_past_review(self.today):
            pieces.append(
                Piece(Kind.NOTE, t("This text should have been checked again by now. Ask before you rely on it."))
            )
        return pieces

    def _answer_buttons(self, answer: PublishedAnswer, others: Sequence[str]) -> list[Button]:
        t = self.t
        buttons = [
            Button(t("Or did you mean: {title}", title=self.title(self.catalogue.answers[one])), f"answer:{one}")
            for one in others
            if one in self.catalogue.answers
        ]
        if not others:
            buttons += [
                Button(self.title(self.catalogue.answers[one]), f"answer:{one}")
                for one in answer.related[:3]
                if one in self.catalogue.answers
            ]
        if self.has_easy(answer):
            buttons.append(self._reading_button(answer.id))
        return [
            *buttons,
            Button(t("Talk to a person"), f"person:{answer.id}"),
            Button(t("Share this"), f"share:{answer.id}"),
            self._menu_button(),
        ]

    def _back_to(self, answer: PublishedAnswer) -> Button:
        return Button(self.title(answer), f"answer:{answer.id}")

    def _plain(self, text: PublishedText) -> tuple[list[Piece], list[Piece]]:
        """What must be read first, and the rest."""
        short = Piece(Kind.TEXT, self._fill(text.short, text), language=text.language)
        return [short], self._paragraphs(self._fill(text.full, text), text.language)

    def _easy(self, text: PublishedText) -> tuple[list[Piece], list[Piece]]:
        """Each line by itself: one sentence, one thing. All of it stands together."""
        lines = "\n\n".join(lines_of(text.easy))
        return self._paragraphs(self._fill(lines, text), text.language), []

    def _paragraphs(self, text: str, language: str) -> list[Piece]:
        """A text's paragraphs and list items."""
        pieces: list[Piece] = []
        for block in text.split("\n\n"):
            lines: list[str] = []
            for line in block.split("\n"):
                if line.strip().startswith("- "):
                    if lines:
                        pieces.append(Piece(Kind.TEXT, " ".join(lines), language=language))
                        lines = []
                    pieces.append(Piece(Kind.ITEM, line.strip()[2:], language=language))
                elif line.strip():
                    lines.append(line.strip())
            if lines:
                pieces.append(Piece(Kind.TEXT, " ".join(lines), language=language))
        return pieces

    def level_name(self, level: str) -> str:
        """Whose matter it is."""
        t = self.t
        names = {
            "municipality": t("the municipality"),
            "county": t("the county"),
            "state": t("the state"),
            "organisation": t("an organisation"),
            "private": t("a private business"),
        }
        return names.get(level) or level
