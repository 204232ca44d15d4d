"""Work that is done again and again. A job finds its own work in tables, so running it twice is harmless.

Two engines run the same jobs: ``clock.py`` in one process (APScheduler), ``workers.py`` on any number of machines
(Procrastinate, on PostgreSQL). Both only wake jobs up; nothing that must not be lost stands in them.
"""
