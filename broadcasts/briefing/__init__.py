"""What staff propose to organisations, what ambassadors say to it, and what each organisation does with it."""
