"""What members do with organisations: find them, join, leave, mute, reply, speak upwards."""
