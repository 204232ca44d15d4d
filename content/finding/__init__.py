"""Finding the vetted answer to a question: features, sentence vectors, training, the snapshot, certainty.

Works with no network and no outside model. Everything that is learned is learned from published wordings.
"""
