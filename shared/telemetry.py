"""Logs: one JSON line per event, without personal data.

Log ids, counts and codes; never a field of a lead, a body, a token or a message to a person.
"""

import logging

from aws_lambda_powertools import Logger

logger = Logger(service="leadwheel")

# At DEBUG these log whole requests, with everything that is personal in them.
for _library in ("botocore", "boto3", "urllib3", "pynamodb"):
    logging.getLogger(_library).setLevel(logging.INFO)


def count(metric: str, **dimensions: str) -> None:
    """Count one event as a metric of CloudWatch, by a line in the log."""
    from aws_lambda_powertools.metrics import MetricUnit, single_metric  # who counts, pays

    with single_metric(metric, MetricUnit.Count, 1, namespace="leadwheel") as counted:
        for name, value in dimensions.items():
            counted.add_dimension(name, value)
