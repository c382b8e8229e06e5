"""The least that leadwheel's chain of functions could be: the same shape, and nothing in it."""
