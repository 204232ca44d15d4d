"""What organisations announce: ambassadors, members, texts, briefing, schedule, delivery, report, and the way back."""
