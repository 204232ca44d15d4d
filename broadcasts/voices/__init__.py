"""The way up: what members wonder, what does not fit them, and what was done about it."""
