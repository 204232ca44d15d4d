"""Broadcasts as texts: composing them, checking them, letting a second person look."""
