"""The front door: the command line and the wiring of processes. Holds no rule."""
