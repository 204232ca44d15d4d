"""Drafts from machine translators. Always marked as machine, never published without a person's decision."""
