"""Which languages and districts are reached, and which are not."""

from editor.visits import Page

PAGES: tuple[Page, ...] = ()
