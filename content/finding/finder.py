"""Finds the answer to a question: pure, no database, no clock. A few milliseconds."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain, pairwise
from secrets import token_bytes

import numpy as np

from content.finding.building import OUTSIDE, centred
from content.finding.certainty import Signs, calibration, log_odds
from content.finding.features import Floats, count, words
from content.finding.halves import widened
from content.finding.sentences import SentenceEncoder, encode_questions
from content.finding.snapshot import Index
from content.finding.training import softmax
from core.together import Together

MOST_CHOICES = 3
MOST_CANDIDATES = 10
LEAST_SHARE = 0.01  # of a choice that is worth showing
SHARE_OF_DECIDED = 0.98
MOST_REMEMBERED = 1000  # rankings, some two kilobytes each
FORESEEN_AT_ONCE = 8  # messages; more would let others wait, and gain little


@dataclass(frozen=True, slots=True)
class Candidate:
    """An answer that may be meant, and its share of all there are."""

    answer_id: str
    share: float


@dataclass(frozen=True, slots=True)
class Found:
    """One answer."""

    answer_id: str
    certainty: float
    others: tuple[str, ...]  # what may have been meant instead, most likely first


@dataclass(frozen=True, slots=True)
class Choices:
    """Two or three that may be meant, most likely first."""

    answer_ids: tuple[str, ...]
    certainty: float


@dataclass(frozen=True, slots=True)
class NotFound:
    """Nothing that we know."""

    certainty: float


Finding = Found | Choices | NotFound
_Place = tuple[bytes, frozenset[str]]  # a question's keyed hash, and what was left out


@dataclass(frozen=True, slots=True)
class Ranking:
    """All that a question says about the answers, before anything is decided."""

    candidates: tuple[Candidate, ...]  # most likely first, without OUTSIDE
    signs: Signs
    nearest: tuple[str, ...]  # wordings of the best answer that are most like the question

    def decide(self, language: str) -> Finding:
        """What to show, by the thresholds of the language asked in."""
        judge = calibration(language)
        certainty = judge.certainty(self.signs)
        likely = tuple(one.answer_id for one in self.candidates[:MOST_CHOICES] if one.share >= LEAST_SHARE)
        if not likely or certainty < judge.thresholds.choices:
            return NotFound(certainty)
        if certainty >= judge.thresholds.answer:
            return Found(likely[0], certainty, tuple(one.answer_id for one in self.candidates[1:MOST_CHOICES]))
        return Choices(tuple(one.answer_id for one in self.candidates[:MOST_CHOICES]), certainty)


class Finder:
    """One index and the encoder that belongs to it."""

    def __init__(self, index: Index, encoder: SentenceEncoder) -> None:
        self.index = index
        self._encoder = encoder
        self._answers = [number for number, label in enumerate(index.labels) if label != OUTSIDE]
        self._word_for_word = _word_for_word(index)
        self._key = token_bytes(32)
        self._ranked: dict[_Place, Ranking] = {}
        self._foreseeing = Together(self._rank_foreseen, most=FORESEEN_AT_ONCE)

    def find(self, question: str, language: str) -> Finding:
        """What to show to somebody who asks this in this language."""
        return self.rank(question).decide(language)

    def rank(self, question: str, *, without: frozenset[str] = frozenset()) -> Ranking:
        """Every answer's share, and the signs by which it is judged.

        Answers that are left out keep their share: who means one of them is not taken to mean the next best.

        What many ask in the same words is ranked once. No words are kept for that: a ranking is filed under a keyed
        hash of them, and the key ends with the finder.
        """
        (ranking,) = self.rank_all([question], without=without)
        return ranking

    def rank_all(self, questions: Sequence[str], *, without: frozenset[str] = frozenset()) -> list[Ranking]:
        """The same for many questions at once: eight sentence vectors together cost half as much as one by one."""
        places = [(self._file(question), without) for question in questions]
        # Taken out and put back at the end: the first is the one that nobody has asked for longest.
        known = {place: self._ranked.pop(place, None) for place in places}
        new = {place: text for place, text in zip(places, questions, strict=True) if known[place] is None}
        vectors = encode_questions(list(new.values()), self._encoder) if new else ()
        for place, vector in zip(new, vectors, strict=True):
            known[place] = self._rank(new[place], vector, without)
        rankings = {place: ranking for place, ranking in known.items() if ranking is not None}
        self._remember(rankings)
        return [rankings[place] for place in places]

    async def foresee(self, questions: Sequence[str]) -> None:
        """Rank these together with what others ask at this moment; ``rank`` then remembers them.

        Nobody has to wait for it: whoever does not only takes longer.
        """
        if all((self._file(question), frozenset()) in self._ranked for question in questions):
            return
        with suppress(Exception):  # whoever asked it meets the same problem again
            await self._foreseeing.ask(questions)

    async def _rank_foreseen(self, several: Sequence[Sequence[str]]) -> list[None]:
        places: dict[str, _Place] = {text: (self._file(text), frozenset()) for text in chain.from_iterable(several)}
        new = [text for text, place in places.items() if place not in self._ranked]
        for text, vector in zip(new, encode_questions(new, self._encoder), strict=True):
            self._remember({places[text]: self._rank(text, vector)})
        return [None] * len(several)

    def _remember(self, rankings: Mapping[_Place, Ranking]) -> None:
        self._ranked |= rankings
        while len(self._ranked) > MOST_REMEMBERED:
            with suppress(StopIteration, KeyError, RuntimeError):  # another thread may have done it
                del self._ranked[next(iter(self._ranked))]

    def _file(self, question: str) -> bytes:
        return blake2b(question.encode(errors="surrogatepass"), key=self._key, digest_size=16).digest()

    def _rank(self, question: str, vector: Floats, without: frozenset[str] = frozenset()) -> Ranking:
        counted = count(question)
        places, values = self.index.vectoriser.row(counted)
        shares = softmax(self._scores(places, values, vector))
        # Somebody decided where these very words lead: that counts more than what was learned from all others.
        if (decided := self._word_for_word.get(" ".join(words(question)))) is not None:
            shares *= 1 - SHARE_OF_DECIDED
            shares[decided] += SHARE_OF_DECIDED
        shown = [number for number in self._answers if self.index.labels[number] not in without]
        order = [shown[place] for place in np.argsort(-shares[shown], kind="stable")[:MOST_CANDIDATES]]
        if not order or not counted:
            return Ranking((), Signs(-12, -12, 12, 0, 0, 0), ())
        best, second = order[0], order[min(1, len(order) - 1)]
        like_words, like_vectors, nearest = self._likeness(best, places, values, vector)
        outside = self.index.labels.index(OUTSIDE) if OUTSIDE in self.index.labels else None
        return Ranking(
            candidates=tuple(Candidate(self.index.labels[n], float(shares[n])) for n in order),
            signs=Signs(
                lead=log_odds(float(shares[best])),
                runner_up=log_odds(float(shares[second])),
                outside=log_odds(0.0 if outside is None else float(shares[outside])),
                like_words=like_words,
                like_vectors=like_vectors,
                known=len(places) / len(counted),
            ),
            nearest=nearest,
        )

    def _scores(self, places: np.ndarray, values: Floats, vector: Floats) -> Floats:
        weights = self.index.weights
        scores: Floats = centred(vector, self.index.centre) @ weights.on_vectors + weights.bias
        if len(places):
            scores = scores + values @ widened(weights.on_grams[places])
        return scores

    def _likeness(
        self, label: int, places: np.ndarray, values: Floats, vector: Floats
    ) -> tuple[float, float, tuple[str, ...]]:
        """Cosines to the nearest wording of a label, and the three nearest wordings."""
        wordings = self.index.wordings
        start, end = int(wordings.starts[label]), int(wordings.starts[label + 1])
        by_words = wordings.postings.likeness(label, places, values, rows=end - start)
        first, last = np.searchsorted(wordings.vectors.rows, [start, end])
        by_vectors = np.zeros(end - start, dtype=np.float32)  # most wordings have none
        with_vector = wordings.vectors.rows[first:last] - start
        by_vectors[with_vector] = widened(wordings.vectors.values[first:last]) @ vector
        nearest = np.argsort(-(by_words + by_vectors))[:3] + start
        return float(by_words.max()), float(by_vectors.max()), tuple(wordings.texts[n] for n in nearest)


def _word_for_word(index: Index) -> dict[str, int]:
    """Where each wording leads, in the form in which words are compared; without those that lead to several places."""
    found: dict[str, set[int]] = {}
    starts = index.wordings.starts
    for label, (start, end) in enumerate(pairwise(starts)):
        for text in index.wordings.compared[start:end]:
            found.setdefault(text, set()).add(label)
    return {text: labels.pop() for text, labels in found.items() if len(labels) == 1 and text}
