"""Organisations and their ambassadors: who may speak for whom, and what both sides have promised."""
