"""Logs: one JSON line per event, without personal data.

Log ids, counts and codes; never a field of a lead, a body, a token or a message to a person.
"""

import logging

from aws_lambda_powertools import Logger

logger = Logger(service="leadwheel")

# At DEBUG these log whole requests, with everything that is personal in them.
for _library in ("botocore", "boto3", "urllib3", "pynamodb"):
    logging.getLogger(_library).setLevel(logging.INFO)
