"""What leadwheel says to people: mails to reps, notices to managers, pages for everybody.

All wording is in `templates/`, in English, with what reps read in a catalog per other language; the
modules here decide what is shown and make it safe to show. They render and nothing else: no AWS, no
clock, every time is passed in. Only `senders` has an effect on the world. jinja2 is imported with
the first rendering, so that importing these modules costs next to nothing.
"""
