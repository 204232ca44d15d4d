"""Mouth and ears: what people want to do, conversation, replies, channels, and the words for all of it."""
