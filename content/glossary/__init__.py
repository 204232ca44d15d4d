"""Norwegian key words, each explained in one sentence in many languages."""
