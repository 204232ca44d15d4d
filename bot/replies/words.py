"""Replies that explain Norwegian words."""

from collections.abc import Sequence
from itertools import groupby

from bot.replies.base import ReplyMaker
from content.catalogue import PublishedAnswer
from core.messages import Button, Kind, OutgoingMessage, Piece

ALPHABET = "abcdefghijklmnopqrstuvwxyzæøå"
LEAST_IN_A_GROUP = 8  # words


class WordReplies(ReplyMaker):
    """What a word means, and the list of all words."""

    def word(self, word: str, answers: Sequence[PublishedAnswer], *, is_sure: bool) -> OutgoingMessage:
        """The word, its term in the reader's language, one sentence, and the way to answers that may belong to it."""
        t = self.t
        labels = (
            t("More about this: {title}", title=title) if is_sure else t("Or did you mean: {title}", title=title)
            for title in map(self.title, answers)
        )
        buttons = [Button(label, f"answer:{answer.id}") for label, answer in zip(labels, answers, strict=True)]
        return self.message(
            self.explanation(word), [*buttons, Button(t("Norwegian words"), "words"), self._safety_button()]
        )

    def explanation(self, word: str) -> list[Piece]:
        """The word, its term, what it means, and what the reader must know about the text."""
        text = self.catalogue.glossary.text_for(word, self.t.language)
        term = text.term if text.term.casefold() != word.casefold() else ""
        return [
            Piece(Kind.TITLE, word, language="nb"),
            Piece(Kind.LABEL, term, language=text.language),
            Piece(Kind.TEXT, text.meaning, language=text.language),
            *self._where_from(text.language, text.origin),
        ]

    def words(self, first: str = "") -> OutgoingMessage:
        """The letters, or the words of the group that begins with this letter."""
        t = self.t
        title = Piece(Kind.TITLE, t("Norwegian words"))
        groups = self._groups()
        if first in groups:
            buttons = [Button(word, f"word:{word}") for word in groups[first]]
            return self.message([title], [*buttons, Button(t("Norwegian words"), "words"), self._menu_button()])
        how = t("Choose a letter, or write a question such as “What is vedtak?”")
        letters = [Button(_span(several), f"words:{letter}") for letter, several in groups.items()]
        return self.message([title, Piece(Kind.TEXT, how)], [*letters, self._menu_button()])

    def _groups(self) -> dict[str, list[str]]:
        """The words in their order, a few letters together, by the first letter."""
        several = sorted(self.catalogue.glossary.texts, key=_place)
        groups: dict[str, list[str]] = {}
        last = ""
        for letter, words in groupby(several, key=lambda word: word[0].casefold()):
            if not last or len(groups[last]) >= LEAST_IN_A_GROUP:
                last = letter
            groups.setdefault(last, []).extend(words)
        return groups


def _place(word: str) -> list[int]:
    """Norwegian order: æ, ø and å come last."""
    return [ALPHABET.find(letter) for letter in word.casefold()]


def _span(words: Sequence[str]) -> str:
    first, last = words[0][0].upper(), words[-1][0].upper()
    return first if first == last else f"{first}–{last}"
