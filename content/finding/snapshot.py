"""The index as one value: learned once, stored as bytes, loaded by every process. Never changed after it is made."""

import io
import json
import zipfile
from dataclasses import dataclass, fields

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from content.finding.features import Floats, Vectoriser
from content.finding.postings import Postings
from content.finding.training import Vectors, Weights

FORMAT = 7  # raise it when the bytes change meaning: older snapshots are then built anew


class StaleFormat(Exception):
    """The bytes are of another format or of other vectors: build the index again."""


@dataclass(frozen=True, slots=True)
class Wordings:
    """All wordings, those of one label standing together, to look up what a question resembles and why."""

    texts: tuple[str, ...]
    compared: tuple[str, ...]  # the texts in the form in which words are compared
    languages: tuple[str, ...]
    starts: NDArray[np.int32]  # label n has the rows starts[n] to starts[n + 1]
    postings: Postings
    vectors: Vectors  # in half precision

    def rows(self, *, grams: int) -> sp.csr_matrix:
        """The n-grams of each wording, of so many that there are."""
        return self.postings.matrix(self.starts, grams=grams)


@dataclass(frozen=True, slots=True)
class Index:
    """Everything that finding needs, for one version of the content."""

    labels: tuple[str, ...]  # answer ids; "" is the label of what lies outside
    safety: frozenset[str]
    encoder: str
    vectoriser: Vectoriser
    weights: Weights  # the n-gram part in half precision: it is the largest thing in memory
    centre: Floats
    wordings: Wordings

    def to_bytes(self) -> bytes:
        """One file, readable by from_bytes; numbers and texts only, nothing that could run."""
        head = {
            "format": FORMAT,
            "encoder": self.encoder,
            "labels": self.labels,
            "safety": sorted(self.safety),
            "vocabulary": self.vectoriser.vocabulary,
            "texts": self.wordings.texts,
            "compared": self.wordings.compared,
            "languages": self.wordings.languages,
        }
        out = io.BytesIO()
        np.savez(
            out,
            head=np.frombuffer(json.dumps(head, ensure_ascii=False).encode(), dtype=np.uint8),
            rarity=self.vectoriser.rarity,
            on_grams=self.weights.on_grams.astype(np.float16),
            on_vectors=self.weights.on_vectors,
            bias=self.weights.bias,
            grams_moved=self.weights.grams_moved,
            vectors_moved=self.weights.vectors_moved,
            centre=self.centre,
            starts=self.wordings.starts,
            **{f"postings_{one.name}": getattr(self.wordings.postings, one.name) for one in fields(Postings)},
            with_vector=self.wordings.vectors.rows,
            vectors=self.wordings.vectors.values,
        )
        return out.getvalue()

    @classmethod
    def from_bytes(cls, payload: bytes, *, encoder: str) -> "Index":
        """Read what to_bytes wrote. Raises StaleFormat when it is not of this format and these vectors."""
        try:
            return cls._read(payload, encoder=encoder)
        except (ValueError, KeyError, EOFError, zipfile.BadZipFile) as problem:
            raise StaleFormat from problem

    @classmethod
    def _read(cls, payload: bytes, *, encoder: str) -> "Index":
        with np.load(io.BytesIO(payload), allow_pickle=False) as file:
            head = json.loads(file["head"].tobytes())
            if (head["format"], head["encoder"]) != (FORMAT, encoder):
                raise StaleFormat
            return cls(
                labels=tuple(head["labels"]),
                safety=frozenset(head["safety"]),
                encoder=encoder,
                vectoriser=Vectoriser(head["vocabulary"], file["rarity"]),
                weights=Weights(*(file[one.name] for one in fields(Weights))),
                centre=file["centre"],
                wordings=Wordings(
                    texts=tuple(head["texts"]),
                    compared=tuple(head["compared"]),
                    languages=tuple(head["languages"]),
                    starts=file["starts"],
                    postings=Postings(*(file[f"postings_{one.name}"] for one in fields(Postings))),
                    vectors=Vectors(file["with_vector"], file["vectors"]),
                ),
            )


def format_name(encoder: str) -> str:
    """What a stored snapshot's format column says."""
    return f"{FORMAT}/{encoder}"
