"""Whether somebody is in danger: phrases say so, or what finding makes of a message and of each sentence in it."""

import re
from dataclasses import dataclass

from bot.phrases import Phrases
from content.catalogue import Catalogue
from content.finding.features import words
from content.finding.finder import Candidate, Finder, Ranking

# The share of all safety answers together from which words are taken as danger, and from which the finder, not a
# phrase of danger, says which kind; also the certainty from which a safety answer is shown: to miss danger is worse
# than to show help to somebody who needs none. Chosen on the development questions.
SIGN_OF_DANGER = 0.5
# "I am tired" or "no" alone are like much that people in danger write: so few words need a larger share, of n-grams
# that are known.
FEW_WORDS, SIGN_IN_FEW_WORDS, KNOWN_IN_FEW_WORDS = 3, 0.75, 0.8
HINT_OF_DANGER = 0.1  # the share from which a safety answer stands first among choices
LONG_PART = 25  # words; longer ones are divided at commas, and then anywhere
MOST_PARTS = 40  # of one message: half of them from its beginning, half from its end
# A question keeps its mark, without which it means something else; full stops are not written in short messages.
_SENTENCE = re.compile(r"[.…;؛]+(?:\s+|$)|[。።፨]+\s*|(?<=[!?؟፧])(?:\s+|(?=\w))|\n+")
_COMMA = re.compile(r"[,،፣、፤:—–]+")


@dataclass(frozen=True, slots=True)
class Lookout:
    """Looks for danger with what residents write, what is published, and the finder (None before there is an index)."""

    phrases: Phrases
    catalogue: Catalogue
    finder: Finder | None

    def danger(self, text: str, ranking: Ranking | None) -> str | None:
        """The safety answer that this text needs, or None. Phrases read all of it; ``ranking`` is of its beginning.

        Finding says which kind of danger it is where it is sure. A text that asks the bot to do something is danger
        only when a phrase of danger stands in it.
        """
        by_phrase = self.phrases.dangers(text)
        if by_phrase is None and (self.phrases.intent(text) or self.phrases.language(text)):
            return None
        return self._found(text, ranking) or by_phrase

    def is_clear(self, text: str, ranking: Ranking) -> bool:
        """Whether so many words, as well known as these, can be taken as danger."""
        if len(words(text)) > FEW_WORDS:
            return True
        return self._share(ranking) >= SIGN_IN_FEW_WORDS and ranking.signs.known >= KNOWN_IN_FEW_WORDS

    def first(self, answer_ids: tuple[str, ...], ranking: Ranking) -> tuple[str, ...]:
        """Choices in the order to show them: a safety answer that may well be meant comes before all others."""
        hints = {one.answer_id for one in self._safety(ranking) if one.share >= HINT_OF_DANGER}
        return tuple(sorted(answer_ids, key=lambda one: one not in hints))

    def may_be_there(self, ranking: Ranking) -> bool:
        """Whether danger is not excluded: such words are not kept."""
        return self._share(ranking) >= HINT_OF_DANGER

    def is_safety(self, answer_id: str) -> bool:
        """Whether this is an answer for people in danger."""
        answer = self.catalogue.answers.get(answer_id)
        return answer is not None and answer.is_safety

    def _found(self, text: str, whole: Ranking | None) -> str | None:
        """The first safety answer of the strongest sign, if any is strong enough: the whole text's, or a part's."""
        if self.finder is None or whole is None:
            return None
        if found := self._sign(text, whole):
            return found
        several = sentences_in(text)
        if not several:
            return None
        rankings = self.finder.rank_all(several)
        strongest = sorted(zip(several, rankings, strict=True), key=lambda one: -self._share(one[1]))
        return next(filter(None, (self._sign(part, ranking) for part, ranking in strongest)), None)

    def _sign(self, text: str, ranking: Ranking) -> str | None:
        if self._share(ranking) < SIGN_OF_DANGER or not self.is_clear(text, ranking):
            return None
        return self._safety(ranking)[0].answer_id

    def _share(self, ranking: Ranking) -> float:
        return sum(one.share for one in self._safety(ranking))

    def _safety(self, ranking: Ranking) -> list[Candidate]:
        return [one for one in ranking.candidates if self.is_safety(one.answer_id)]


def sentences_in(text: str) -> list[str]:
    """The sentences of a text, long ones divided, where there are several.

    Very few words go with the next: alone they say too little.
    """
    found: list[str] = []
    rest = ""
    for piece in (piece for sentence in _SENTENCE.split(text) for piece in _divided(sentence)):
        rest = f"{rest} {piece}".strip()
        if len(rest.split()) > FEW_WORDS:
            found.append(rest)
            rest = ""
    if rest:
        found.append(rest)
    if len(found) == 1:
        return []
    return found if len(found) <= MOST_PARTS else [*found[: MOST_PARTS // 2], *found[-MOST_PARTS // 2 :]]


def _divided(sentence: str) -> list[str]:
    if len(sentence.split()) <= LONG_PART:
        return [sentence]
    pieces = [piece.split() for piece in _COMMA.split(sentence)]
    return [" ".join(piece[at : at + LONG_PART]) for piece in pieces for at in range(0, len(piece), LONG_PART)]
