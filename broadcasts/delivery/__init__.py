"""Getting a broadcast to its recipients, once: audience, claiming, pace, sending, recording, arming."""
