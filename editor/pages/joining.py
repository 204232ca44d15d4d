"""How people join: the poster, and who waits for a yes."""

from editor.visits import Page

PAGES: tuple[Page, ...] = ()
