"""Where people write to us: one package a channel. Nothing outside knows which channel a message came through."""
