"""Approving, scheduling, pausing, the report, and whether this installation sends at all."""

from editor.visits import Page

PAGES: tuple[Page, ...] = ()
