"""The sentence vectors that come with the software are those of the starter library, all of them and no others."""

from brobygger.preparing import STARTER
from content.finding.building import texts_with_vector
from content.finding.sentences import UniversalSentenceEncoder
from content.finding.starter_vectors import key_of, keys, starter_vectors
from content.index import examples_of_library
from content.library_files import read_library


def test_starter_library_has_a_vector_for_each_wording_that_building_asks_one_of() -> None:
    encoder = UniversalSentenceEncoder()

    asked = texts_with_vector(examples_of_library(read_library(STARTER)), encoder)

    assert keys() == frozenset(map(key_of, asked)), "run make vectors"
    assert len(starter_vectors(asked, encoder.name)) == len(asked), "the encoder has another name: run make vectors"
