"""Crises and drills."""

from editor.visits import Page

PAGES: tuple[Page, ...] = ()
