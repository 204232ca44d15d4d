"""The floor that every room stands on: settings, database, languages, words, messages, people, jobs, logs."""
