"""Works out the sentence vectors that come with the software: python -m benchmarks.vectors (make vectors)."""

import numpy as np

from brobygger.preparing import STARTER
from content.finding import starter_vectors
from content.finding.building import texts_with_vector
from content.finding.sentences import encode_many, make_encoder
from content.index import examples_of_library
from content.library_files import read_library


def main() -> None:
    """Write the file."""
    encoder = make_encoder("use")
    texts = texts_with_vector(examples_of_library(read_library(STARTER)), encoder)
    vectors = np.concatenate(list(encode_many(texts, encoder, lambda _done: None)))
    starter_vectors.write(texts, vectors, encoder.name)
    print(f"{len(texts)} vectors in {starter_vectors.FILE} ({starter_vectors.FILE.stat().st_size / 1e6:.1f} MB)")


if __name__ == "__main__":
    main()
