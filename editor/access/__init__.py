"""Who staff members are, how they prove it, and what they may do. No web pages: the edge calls these use cases."""
