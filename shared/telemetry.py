"""Logs: one JSON line per event, without personal data.

Log ids, counts and codes; never a field of a lead, a body, a token or a message to a person.
"""

import logging
from collections.abc import Mapping

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


def level(function: str, *, seconds: Mapping[str, float], counts: Mapping[str, int]) -> None:
    """Tell how things stand as metrics of CloudWatch, by one line in the log.

    By the function that looked: so each stack's are apart, and its alarms find them.
    """
    from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit  # as above

    metrics = EphemeralMetrics(namespace="leadwheel")
    metrics.add_dimension("FunctionName", function)
    for name, value in seconds.items():
        metrics.add_metric(name, MetricUnit.Seconds, value)
    for name, value in counts.items():
        metrics.add_metric(name, MetricUnit.Count, value)
    metrics.flush_metrics()
