"""The history of the tables: forward only, one step after the other (0001_..., 0002_...)."""
