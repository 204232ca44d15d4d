"""Makes an index out of wordings: thoroughly, or quickly by changing an earlier one.

The quick way serves newly published wordings within seconds; it forgets slowly what was taken away. The thorough way
depends on nothing but the wordings, and follows when there is time.
"""

import zlib
from bisect import bisect
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, compress

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from content.finding.features import Floats, words
from content.finding.postings import Postings
from content.finding.sentences import BATCH, SentenceEncoder, encode_many
from content.finding.snapshot import Index, Wordings
from content.finding.starter_vectors import starter_vectors
from content.finding.training import Vectors, Weights, train
from content.finding.vocabulary import learn_vocabulary

OUTSIDE = ""
# Of the wordings of an answer in a language so many get a vector; of what lies outside, ten times as many. More cost
# much time and made the ranking of the development questions no better, rather worse: n-grams learn to stand alone.
MOST_VECTORS = 10
VECTOR_SCALE = 2.0  # how much the vectors weigh beside the n-grams; chosen on the development questions
# Above so many examples an n-gram counts when two, and when three of them have it: rarer ones teach a large library
# nothing, and take memory and time.
SEEN_TWICE_AND_THRICE = (500, 20_000)
ROUNDS_FROM_NOTHING, ROUNDS_FROM_BEFORE = 4, 3
# In a quick build a new wording weighs as much as a hundred known ones, all new ones together at most a fifth of all;
# of the known wordings every tenth is enough to keep the rest in its place.
WEIGHT_OF_NEW, MOST_OF_NEW = 100.0, 0.2
KNOWN_STEP = 10
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Example:
    """A text and the answer it leads to (OUTSIDE: none)."""

    text: str
    language: str
    label: str


def build(
    examples: Sequence[Example],
    *,
    safety: frozenset[str],
    encoder: SentenceEncoder,
    before: Index | None = None,
    progress: Progress = lambda _what, _done, _all: None,
) -> Index:
    """Learn from the examples. There must be at least one; the answers' ids become the labels, sorted.

    An earlier index saves working out the sentence vectors of texts that it knows; it changes nothing else.
    """
    labels, ordered, numbers = _in_order(examples)
    compared = [words(one.text) for one in _told(ordered, progress)]
    vectoriser, rows = learn_vocabulary(compared, seen_at_least=1 + bisect(SEEN_TWICE_AND_THRICE, len(ordered)))
    meant = _representatives(ordered, encoder)
    vectors = _encode(ordered, meant, encoder, before, progress)
    centre = _centre(vectors)
    progress("learning", 0, 1)
    each = len(ordered) / len(labels)
    weights = train(
        rows,
        _centred(vectors, centre),
        numbers,
        _importance(numbers, labels),
        each=each,
        rounds=ROUNDS_FROM_NOTHING,
        begin=Weights.none(len(vectoriser.vocabulary), encoder.size, len(labels), each=each),
    )
    progress("learning", 1, 1)
    wordings = _wordings(ordered, [" ".join(several) for several in compared], _starts(numbers, labels), rows, vectors)
    return Index(labels, safety, encoder.name, vectoriser, weights, centre, wordings)


def change(
    before: Index,
    examples: Sequence[Example],
    *,
    safety: frozenset[str],
    encoder: SentenceEncoder,
    progress: Progress = lambda _what, _done, _all: None,
) -> Index:
    """An earlier index with what is new learned and what is gone left out, in a tenth of the time of ``build``.

    There must be at least one example that the index knows. Its encoder must be this one.
    """
    labels, ordered, numbers = _in_order(examples)
    old_rows = examples_in(before)
    places = np.array([old_rows.get(one, -1) for one in ordered])
    is_new = places < 0
    new = [one.text for one in ordered if one not in old_rows]
    vectoriser = before.vectoriser.extended(new)
    old = before.wordings.rows(grams=len(before.vectoriser.vocabulary))[places[~is_new]]
    old.resize(old.shape[0], len(vectoriser.vocabulary))
    back_in_order = np.argsort(np.concatenate([np.flatnonzero(~is_new), np.flatnonzero(is_new)]))
    rows = sp.vstack([old, vectoriser.rows(new)], format="csr")[back_in_order]
    had_vector = set(before.wordings.vectors.rows.tolist())
    meant = [
        encoder.knows(one.language) if place < 0 else place in had_vector
        for one, place in zip(ordered, places.tolist(), strict=True)
    ]
    vectors = _encode(ordered, meant, encoder, before, progress)
    progress("learning", 0, 1)
    taught = is_new | (np.arange(len(ordered)) % KNOWN_STEP == 0)
    known = int((taught & ~is_new).sum())
    weight_of_new = float(np.clip(MOST_OF_NEW * known / max(len(new), 1), 1, WEIGHT_OF_NEW))
    each = len(ordered) / len(labels)
    weights = _laid_over(before, labels, len(vectoriser.vocabulary), each=each)
    touched = np.unique(rows[taught].indices)  # the others would learn nothing, at the same cost
    learned = train(
        rows[taught][:, touched],
        _centred(vectors.among(taught), before.centre),
        numbers[taught],
        (np.where(is_new, weight_of_new, 1).astype(np.float32) * _importance(numbers, labels))[taught],
        each=each,
        rounds=ROUNDS_FROM_BEFORE,
        begin=weights.of_grams(touched),
    )
    weights.on_grams[touched], weights.grams_moved[touched] = learned.on_grams, learned.grams_moved
    weights = replace(learned, on_grams=weights.on_grams, grams_moved=weights.grams_moved)
    progress("learning", 1, 1)
    compared = [
        before.wordings.compared[place] if place >= 0 else " ".join(words(one.text))
        for one, place in zip(ordered, places.tolist(), strict=True)
    ]
    wordings = _wordings(ordered, compared, _starts(numbers, labels), rows, vectors)
    return Index(labels, safety, encoder.name, vectoriser, weights, before.centre, wordings)


def texts_with_vector(examples: Sequence[Example], encoder: SentenceEncoder) -> list[str]:
    """The texts of which ``build`` needs vectors, each once."""
    _labels, ordered, _numbers = _in_order(examples)
    return list(dict.fromkeys(one.text for one in compress(ordered, _representatives(ordered, encoder))))


def examples_in(index: Index) -> dict[Example, int]:
    """What an index has learned from, and where it stands among its wordings."""
    wordings = index.wordings
    labels = np.repeat(index.labels, np.diff(wordings.starts)).tolist()
    examples = map(Example, wordings.texts, wordings.languages, labels)
    return {example: row for row, example in enumerate(examples)}


def _in_order(examples: Sequence[Example]) -> tuple[tuple[str, ...], list[Example], NDArray[np.int64]]:
    """The labels; each example once, by label; and the label's place for each."""
    labels = tuple(sorted({one.label for one in examples} | {OUTSIDE}))
    place = {label: number for number, label in enumerate(labels)}
    ordered = sorted(set(examples), key=lambda one: (place[one.label], one.language, one.text))
    return labels, ordered, np.array([place[one.label] for one in ordered], dtype=np.int64)


def _importance(numbers: NDArray[np.int64], labels: Sequence[str]) -> Floats:
    """How much each example weighs: all wordings of an answer together no more than those of a usual answer.

    Safety answers have many wordings, in all languages: with their full weight everything would look like danger.
    What lies outside has many sides and keeps its weight.
    """
    sizes = np.bincount(numbers, minlength=len(labels)).astype(np.float32)
    usual = np.median(sizes[sizes > 0])
    weights = np.minimum(1, usual / np.maximum(sizes, 1))
    weights[labels.index(OUTSIDE)] = 1
    importance: Floats = weights[numbers].astype(np.float32)
    importance /= importance.mean()
    return importance


def _starts(numbers: NDArray[np.int64], labels: Sequence[str]) -> NDArray[np.int32]:
    return np.searchsorted(numbers, np.arange(len(labels) + 1)).astype(np.int32)


def _wordings(
    ordered: Sequence[Example],
    compared: Iterable[str],
    starts: NDArray[np.int32],
    rows: sp.csr_matrix,
    vectors: Vectors,
) -> Wordings:
    return Wordings(
        texts=tuple(one.text for one in ordered),
        compared=tuple(compared),
        languages=tuple(one.language for one in ordered),
        starts=starts,
        postings=Postings.of(rows, starts),
        vectors=replace(vectors, values=vectors.values.astype(np.float16)),
    )


def _centre(vectors: Vectors) -> Floats:
    """The middle of all wordings that have a vector."""
    values = vectors.values
    middle: Floats = values.mean(axis=0) if len(values) else np.zeros(values.shape[1], np.float32)
    return middle


def _centred(vectors: Vectors, centre: Floats) -> Vectors:
    return replace(vectors, values=centred(vectors.values, centre))


def centred(vectors: Floats, centre: Floats) -> Floats:
    """Vectors seen from the middle of all wordings: what they have in common says nothing about which answer.

    Noughts stay noughts: a text without a vector says nothing by it.
    """
    moved = np.where(vectors.any(axis=-1, keepdims=True), vectors - centre, 0)
    length = np.linalg.norm(moved, axis=-1, keepdims=True)
    scaled: Floats = (VECTOR_SCALE / np.maximum(length, 1e-6) * moved).astype(np.float32)
    return scaled


def _told(examples: Sequence[Example], progress: Progress) -> Iterator[Example]:
    """The examples, telling how far the reading has come."""
    for number, example in enumerate(examples):
        if number % BATCH == 0:
            progress("reading the wordings", number, len(examples))
        yield example


def _representatives(examples: Sequence[Example], encoder: SentenceEncoder) -> list[bool]:
    """Which examples get a vector: of each label in each language that the encoder knows the same few, by lot."""
    by_lot = sorted(range(len(examples)), key=lambda place: zlib.crc32(examples[place].text.encode()))
    drawn: Counter[tuple[str, str]] = Counter()
    meant = [False] * len(examples)
    for place in by_lot:
        one = examples[place]
        drawn[one.label, one.language] += 1
        most = MOST_VECTORS if one.label != OUTSIDE else 10 * MOST_VECTORS
        meant[place] = encoder.knows(one.language) and drawn[one.label, one.language] <= most
    return meant


def _encode(
    examples: Sequence[Example],
    meant: Sequence[bool],
    encoder: SentenceEncoder,
    before: Index | None,
    progress: Progress,
) -> Vectors:
    """A vector for each example that is meant to have one; from an earlier index and from our files, where they are."""
    known: dict[str, Floats] = {}
    if before is not None and before.encoder == encoder.name:
        old = before.wordings.vectors
        known = {before.wordings.texts[row]: values for row, values in zip(old.rows, old.values, strict=True)}
    texts = [one.text for one in compress(examples, meant)]
    known |= starter_vectors((text for text in texts if text not in known), encoder.name)
    new = [text for text in dict.fromkeys(texts) if text not in known]
    vectors = encode_many(new, encoder, lambda done: progress("working out sentence vectors", done, len(new)))
    known.update(zip(new, chain.from_iterable(vectors), strict=True))
    values = np.zeros((len(texts), encoder.size), dtype=np.float32)
    for place, text in enumerate(texts):
        values[place] = known[text]
    return Vectors(np.flatnonzero(meant).astype(np.int32), values)


def _laid_over(before: Index, labels: Sequence[str], grams: int, *, each: float) -> Weights:
    """An earlier index's weights under new labels and a longer vocabulary; nothing for what is new."""
    weights = Weights.none(grams, before.weights.on_vectors.shape[0], len(labels), each=each)
    old_places = {label: place for place, label in enumerate(before.labels)}
    kept = [(place, old_places[label]) for place, label in enumerate(labels) if label in old_places]
    new, old = (np.array(column) for column in zip(*kept, strict=True))
    weights.on_grams[: len(before.vectoriser.vocabulary), new] = before.weights.on_grams[:, old]
    weights.on_vectors[:, new] = before.weights.on_vectors[:, old]
    weights.bias[new] = before.weights.bias[old]
    weights.grams_moved[: len(before.vectoriser.vocabulary)] = before.weights.grams_moved
    weights.vectors_moved[:] = before.weights.vectors_moved
    return weights
