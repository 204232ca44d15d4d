"""The desk: web pages on which staff write, translate, review and publish."""
