"""What members and ambassadors do in the chat beside asking: join, leave, compose, answer, say what does not fit."""
