"""What somebody who speaks for an organisation does beside messages: begin, admit, brief, answer, look after groups."""
