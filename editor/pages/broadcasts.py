"""Messages of organisations: the list, composing, preview, test."""

from editor.visits import Page

PAGES: tuple[Page, ...] = ()
