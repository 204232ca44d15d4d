"""What the municipality knows: answers and their revisions, facts, offices, publishing, the index, finding, gaps."""
