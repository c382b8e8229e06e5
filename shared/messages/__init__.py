"""What leadwheel says to people: mails to reps, notices to managers, pages for both and for visitors.

Pure rendering: no AWS and no clock, every time is passed in. All wording is in `templates/`, one
folder per language; the modules here only decide what is shown and make it safe to show. jinja2 is
imported with the first rendering, so importing these modules costs next to nothing.
"""
