"""The desk's paths; each module of this folder adds its own."""

from shared.http import application

app = application()
