"""Whether the official pages that answers rest on are still there."""
