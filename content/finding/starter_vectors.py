"""Sentence vectors that come with the software: of those wordings of the starter library that building asks for.

`make vectors` writes the file, and a house rule proves that it fits the library. So the first index of a town waits for
no model. Texts that are not in it, such as those of the town itself, are worked out as ever.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from content.finding.features import Floats

FILE = Path(__file__).with_name("starter_vectors.npz")


def starter_vectors(texts: Iterable[str], encoder_name: str) -> dict[str, Floats]:
    """The vectors of those texts that have one of this encoder."""
    of_encoder, places, numbers, scales = _read()
    if of_encoder != encoder_name:
        return {}
    found = ((text, places.get(key_of(text))) for text in texts)
    return {text: numbers[place].astype(np.float32) * scales[place] for text, place in found if place is not None}


def keys() -> frozenset[int]:
    """Of which texts there are vectors."""
    return frozenset(_read()[1])


def key_of(text: str) -> int:
    """What a text is known by in the file."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def write(texts: Sequence[str], vectors: Floats, encoder_name: str) -> None:
    """Write the file anew, each number in one byte, which moves a vector by some hundredth of its length at most.

    In the order of the keys and not packed, so that git stores little when little has changed.
    """
    several = np.array([key_of(text) for text in texts], dtype=np.uint64)
    order = np.argsort(several)
    scales = (np.abs(vectors).max(axis=1) / 127).astype(np.float32)[order]
    numbers = np.rint(vectors[order] / scales[:, None]).astype(np.int8)
    np.savez(FILE, encoder=np.array(encoder_name), keys=several[order], scales=scales, numbers=numbers)


@cache
def _read() -> tuple[str, dict[int, int], NDArray[np.int8], Floats]:
    with np.load(FILE, allow_pickle=False) as file:
        places = {key: place for place, key in enumerate(file["keys"].tolist())}
        return str(file["encoder"]), places, file["numbers"], file["scales"]
