"""Replies about the person and the bot itself: what is stored, forgetting, secrets, trouble."""

from collections.abc import Iterable

from bot.replies.base import ReplyMaker
from bot.situation import About
from core import languages
from core.messages import Button, Kind, OutgoingMessage, Piece
from core.private_numbers import Secret


class PersonalReplies(ReplyMaker):
    """My data, forget me, stop, about, and what to say when something cannot be read."""

    def about(self) -> OutgoingMessage:
        """It is a bot; who runs it; what it stores."""
        t = self.t
        lines = (
            t("I am a computer program. I never make up answers: I only show texts that were written beforehand."),
            t("{place} runs this service and is responsible for the answers.", place=self._place()),
            t(
                "Your questions are not stored with your name. Questions without an answer are kept without saying who"
                " asked, so that new answers can be written."
            ),
            t(
                "For you I store your language, whether you want easier texts, which answer you read last,"
                " and when you last wrote."
            ),
            t("If you write about danger or violence, your words are not stored."),
        )
        return self.message(
            [*(Piece(Kind.TEXT, line) for line in lines), *self._example_note()],
            [Button(t("What is stored about me?"), "my_data"), self._menu_button(), self._person_button()],
        )

    def my_data(self, about: About | None) -> OutgoingMessage:
        """Everything that is stored about this person."""
        t = self.t
        if about is None:
            return self.message([Piece(Kind.TEXT, t("Nothing is stored about you."))], [self._menu_button()])
        answer = self.catalogue.answers.get(about.last_answer or "")
        lines = [
            t(
                "Channel: {channel}, your address there: {address}",
                channel=about.channel,
                address=self._number(about.address),
            ),
            t("Language: {language}", language=languages.name(about.language) if about.language else t("not chosen")),
            t("Answer you read last: {title}", title=self.title(answer) if answer else t("none")),
            t("First message: {moment}", moment=self._moment(about.first_seen_at)),
            t("Latest message: {moment}", moment=self._moment(about.last_seen_at)),
        ]
        if about.reads_easy:
            lines.append(t("You get a text that is easier to read, where there is one."))
        if about.stopped_at is not None:
            lines.append(
                t("You get no messages from organisations since {moment}.", moment=self._moment(about.stopped_at))
            )
        return self.message(
            [
                Piece(Kind.TEXT, t("This is all that is stored about you:")),
                *(Piece(Kind.ITEM, line) for line in lines),
            ],
            [
                *([self._reading_button()] if self.may_choose_reading() else []),
                Button(t("Delete all of it"), "forget_me"),
                self._menu_button(),
            ],
        )

    def confirm_forgetting(self) -> OutgoingMessage:
        """Ask once before deleting."""
        t = self.t
        return self.message(
            [Piece(Kind.TEXT, t("Shall I delete everything that is stored about you? You can still ask afterwards."))],
            [Button(t("Yes, delete it"), "forget_me:yes"), Button(t("No, keep it"), "menu")],
        )

    def forgotten(self) -> OutgoingMessage:
        """Done."""
        return self.message([Piece(Kind.TEXT, self.t("Everything that was stored about you is deleted."))], [])

    def stopped(self) -> OutgoingMessage:
        """No messages any more; questions are still answered."""
        t = self.t
        return self.message(
            [Piece(Kind.TEXT, t("You will get no messages from organisations. You can still ask me questions."))],
            [Button(t("Delete what is stored about me"), "forget_me"), self._menu_button()],
        )

    def nothing_to_share(self) -> OutgoingMessage:
        """They asked to share, but have read nothing yet."""
        return self.message(
            [Piece(Kind.TEXT, self.t("Ask a question first. Then you can share the answer."))], [self._menu_button()]
        )

    def thanks(self) -> OutgoingMessage:
        """A kind word back."""
        return self.message(
            [Piece(Kind.TEXT, self.t("You are welcome. Write again when you wonder about something."))],
            [self._menu_button()],
        )

    def only_text(self) -> OutgoingMessage:
        """Photos, voice, stickers."""
        return self.message(
            [Piece(Kind.TEXT, self.t("I can only read text. Please write your question in a few words."))],
            [self._menu_button(), self._person_button()],
        )

    def no_words(self) -> OutgoingMessage:
        """Empty, emoji, punctuation."""
        return self.message(
            [Piece(Kind.TEXT, self.t("Please write your question in a few words."))],
            [self._menu_button(), self._person_button(), self._safety_button()],
        )

    def not_ready(self) -> OutgoingMessage:
        """Before the first index has been built."""
        text = self.t("I am just starting and cannot search yet. Choose a topic, or ask again in a minute.")
        return self.message([Piece(Kind.TEXT, text)], [self._menu_button(), self._safety_button()])

    def trouble(self) -> OutgoingMessage:
        """Something failed on our side."""
        text = self.t("Something went wrong here, not with you. Please write again in a little while.")
        return self.message([Piece(Kind.TEXT, text)], [self._person_button()])

    def secrets(self, found: Iterable[Secret]) -> list[Piece]:
        """What to say to somebody who sent what they should not."""
        t = self.t
        words = {
            Secret.IDENTITY_NUMBER: t("Please do not send identity numbers here. I have not kept the number."),
            Secret.CARD_NUMBER: t("Please do not send card numbers here. I have not kept the number."),
            Secret.PASSWORD: t("Please do not send passwords or codes to anybody. I have not kept it."),
        }
        return [Piece(Kind.NOTE, words[secret]) for secret in sorted(found)]

    def secret_only(self) -> OutgoingMessage:
        """When nothing but a secret was sent."""
        return self.message([Piece(Kind.TEXT, self.t("What would you like to know?"))], [self._menu_button()])

    def too_long(self) -> Piece:
        """A remark for very long messages."""
        return Piece(Kind.NOTE, self.t("Your message is long. I only read the beginning."))
