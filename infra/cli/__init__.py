"""The command line: `leadwheel`, one module per command."""
