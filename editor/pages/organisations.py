"""Organisations and their ambassadors."""

from editor.visits import Page

PAGES: tuple[Page, ...] = ()
