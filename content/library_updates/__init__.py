"""What the shared library has changed since this municipality took from it, and what staff decide about it."""
