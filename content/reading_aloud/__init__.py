"""Answers that can be heard: recordings that staff attach to a text, and the voice of a robot where a town wants it."""
