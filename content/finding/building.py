"""Makes an index out of wordings. With an earlier index at hand, what has not changed is not worked out again."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from content.finding.features import Floats, Vectoriser
from content.finding.sentences import SentenceEncoder
from content.finding.snapshot import Index, Wordings
from content.finding.training import Weights, train

OUTSIDE = ""
VECTOR_SCALE = 2.0  # how much the vectors weigh beside the n-grams; chosen on the development questions
STEPS_FROM_NOTHING, STEPS_FROM_BEFORE = 120, 14
BATCH = 256
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
    """Learn from the examples. There must be at least one; the answers' ids become the labels, sorted."""
    labels = sorted({one.label for one in examples} | {OUTSIDE})
    place = {label: number for number, label in enumerate(labels)}
    ordered = sorted(set(examples), key=lambda one: (place[one.label], one.language, one.text))
    texts = _told([one.text for one in ordered], progress)
    vectoriser, rows = Vectoriser.learn(texts, seen_at_least=2 if len(ordered) > 500 else 1)
    vectors = _encode([one.text for one in ordered], encoder, before, progress)
    centre: Floats = vectors.mean(axis=0)
    numbers = np.array([place[one.label] for one in ordered], dtype=np.int64)
    begin, steps = _where_to_begin(labels, vectoriser, encoder.size, before)
    progress("learning", 0, 1)
    weights = train(
        rows,
        centred(vectors, centre),
        numbers,
        np.ones(len(ordered), dtype=np.float32),
        count=len(labels),
        steps=steps,
        begin=begin,
    )
    progress("learning", 1, 1)
    return Index(
        labels=tuple(labels),
        safety=safety,
        encoder=encoder.name,
        vectoriser=vectoriser,
        weights=weights,
        centre=centre,
        wordings=Wordings(
            texts=tuple(one.text for one in ordered),
            languages=tuple(one.language for one in ordered),
            starts=np.searchsorted(numbers, np.arange(len(labels) + 1)).astype(np.int32),
            grams=rows,
            vectors=vectors.astype(np.float16),
        ),
    )


def centred(vectors: Floats, centre: Floats) -> Floats:
    """Vectors seen from the middle of all wordings: what they have in common says nothing about which answer."""
    moved = vectors - centre
    length = np.linalg.norm(moved, axis=-1, keepdims=True)
    scaled: Floats = (VECTOR_SCALE / np.maximum(length, 1e-6) * moved).astype(np.float32)
    return scaled


def _told(texts: Sequence[str], progress: Progress) -> Iterator[str]:
    """The texts, telling how far the reading has come."""
    for number, text in enumerate(texts):
        if number % BATCH == 0:
            progress("reading the wordings", number, len(texts))
        yield text


def _encode(texts: Sequence[str], encoder: SentenceEncoder, before: Index | None, progress: Progress) -> Floats:
    """A vector for each text; those that an earlier index has are taken from it."""
    known: dict[str, int] = {}
    if before is not None and before.encoder == encoder.name:
        known = {text: row for row, text in enumerate(before.wordings.texts)}
    new = [text for text in dict.fromkeys(texts) if text not in known]
    made: dict[str, Floats] = {}
    for start in range(0, len(new), BATCH):
        progress("working out sentence vectors", start, len(new))
        batch = new[start : start + BATCH]
        made.update(zip(batch, encoder.encode(batch), strict=True))
    result = np.zeros((len(texts), encoder.size), dtype=np.float32)
    for row, text in enumerate(texts):
        vector = made.get(text)
        if vector is None and before is not None:
            vector = before.wordings.vectors[known[text]].astype(np.float32)
        result[row] = vector
    return result


def _where_to_begin(
    labels: Sequence[str], vectoriser: Vectoriser, size: int, before: Index | None
) -> tuple[Weights, int]:
    """Zero, or an earlier index's weights laid over the new vocabulary and labels; and how many steps to take."""
    grams = np.zeros((len(vectoriser.vocabulary), len(labels)), dtype=np.float32)
    vectors = np.zeros((size, len(labels)), dtype=np.float32)
    bias = np.zeros(len(labels), dtype=np.float32)
    if before is None or before.weights.on_vectors.shape[0] != size:
        return Weights(grams, vectors, bias), STEPS_FROM_NOTHING
    old_labels = {label: place for place, label in enumerate(before.labels)}
    kept = [(place, old_labels[label]) for place, label in enumerate(labels) if label in old_labels]
    if len(kept) * 2 < len(labels):
        return Weights(grams, vectors, bias), STEPS_FROM_NOTHING
    new_places, old_places = (np.array(column) for column in zip(*kept, strict=True))
    old_grams = {gram: place for place, gram in enumerate(before.vectoriser.vocabulary)}
    pairs = [(place, old_grams[gram]) for place, gram in enumerate(vectoriser.vocabulary) if gram in old_grams]
    if not pairs:  # the same answers, now in another script
        return Weights(grams, vectors, bias), STEPS_FROM_NOTHING
    new_rows, old_rows = (np.array(column) for column in zip(*pairs, strict=True))
    grams[np.ix_(new_rows, new_places)] = before.weights.on_grams[np.ix_(old_rows, old_places)]
    vectors[:, new_places] = before.weights.on_vectors[:, old_places]
    bias[new_places] = before.weights.bias[old_places]
    return Weights(grams, vectors, bias), STEPS_FROM_BEFORE
