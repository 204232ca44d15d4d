"""The web chat: an accessible page that also works without JavaScript, and a widget to embed it elsewhere."""
