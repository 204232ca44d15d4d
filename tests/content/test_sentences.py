"""Sentence vectors: all versions of the port keep the same promises."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from content.finding.sentences import NoVectors, OnnxEncoder, SentenceEncoder, UniversalSentenceEncoder, make_encoder
from core.errors import SetupProblem

WORDS = {"[UNK]": 0, "room": 1, "doctor": 2, "ребёнок": 3, "غرفة": 4}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model as small as can be: each word is looked up in a table."""
    folder = tmp_path_factory.mktemp("small-model")
    table = np.eye(len(WORDS), 4, dtype=np.float32) + 0.1
    graph = helper.make_graph(
        [helper.make_node("Gather", ["table", "input_ids"], ["hidden"])],
        "words",
        [
            helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["n", "m"]),
            helper.make_tensor_value_info("attention_mask", TensorProto.INT64, ["n", "m"]),
        ],
        [helper.make_tensor_value_info("hidden", TensorProto.FLOAT, ["n", "m", 4])],
        [numpy_helper.from_array(table, "table")],
    )
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), folder / "model.onnx"
    )
    tokenizer = Tokenizer(WordLevel(WORDS, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


@pytest.fixture(params=["none", "use", "onnx"])
def encoder(request: pytest.FixtureRequest, model: Path) -> SentenceEncoder:
    return make_encoder(str(model) if request.param == "onnx" else request.param)


def test_every_text_gets_one_vector_of_length_one(encoder: SentenceEncoder) -> None:
    vectors = encoder.encode(["room", "doctor room", "", "غرفة"])

    assert vectors.shape == (4, encoder.size)
    if encoder.size:
        assert np.allclose(np.linalg.norm(vectors[[0, 1, 3]], axis=1), 1, atol=1e-3)


def test_no_texts_give_no_vectors(encoder: SentenceEncoder) -> None:
    assert encoder.encode([]).shape == (0, encoder.size)


def test_a_model_of_ones_own_is_read_from_its_folder(model: Path) -> None:
    encoder = OnnxEncoder(model)

    room, again, doctor = encoder.encode(["room", "room room", "doctor"])

    assert encoder.name == f"onnx-{model.name}"
    assert room @ again > room @ doctor


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupProblem, match=r"there is no model\.onnx"):
        make_encoder(str(tmp_path))


def test_meaning_counts_across_languages() -> None:
    doctor, arzt, football = UniversalSentenceEncoder().encode(["I need a doctor", "أحتاج إلى طبيب", "football result"])

    assert doctor @ arzt > doctor @ football


def test_without_vectors_there_is_nothing_to_compare() -> None:
    assert NoVectors().encode(["x"]).shape == (1, 0)
