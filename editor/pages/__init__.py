"""The pages, one module a subject. Each module lists its own in ``PAGES``, and each page says who may use it."""
