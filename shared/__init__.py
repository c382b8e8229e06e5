"""The package every function of leadwheel uses: domain, store, sources, messages, flows."""
