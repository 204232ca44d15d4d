"""One vetted message in all languages through all organisations that agreed beforehand, and its drill."""
