"""What staff propose to organisations, and what is said about it."""

from editor.visits import Page

PAGES: tuple[Page, ...] = ()
