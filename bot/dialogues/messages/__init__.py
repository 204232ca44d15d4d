"""An ambassador writes a message to members and looks after it: kind, texts, details, sending, reports."""
