"""What `leadwheel doctor` knows: facts are gathered first, and then judged.

`gather`, and `work` for what is in the table, read the `facts`. The checks are pure, over these:
`stack`, `table`, `functions`, `mail`, `secrets` and `leads`; `expected` is how template.yaml makes
it all, and `every` has the order in which they are told.
"""
