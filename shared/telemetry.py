"""Logs: one JSON line per event, without personal data.

Log ids, counts and codes; never a field of a lead, a body, a token or a message to a person.
"""

from aws_lambda_powertools import Logger

logger = Logger(service="leadwheel")
