"""What members say upwards, the answers, and "you said, we changed"."""

from editor.visits import Page

PAGES: tuple[Page, ...] = ()
