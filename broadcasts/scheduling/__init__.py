"""When a broadcast goes out: local wall time, repetition, quiet hours, the last useful moment."""
