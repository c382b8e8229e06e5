"""A mail that comes back, in the whole stack: the set it was sent with, the rule, the function."""

import json
from typing import Any

from infra.local.aws import client
from tests.aws_events import ses_bounce

ANNA = "anna@leadwheel.example"  # of the demo


def test_what_ses_tells_of_a_mail_pauses_the_reps_mail(stack: Any) -> None:
    """The local cloud has no such events, and lets nobody make them: the function is called."""
    cloud = stack.described["endpoint_url"]
    ses, events = client("sesv2", cloud), client("events", cloud)
    (name,) = ses.list_configuration_sets()["ConfigurationSets"]
    told = ses.get_configuration_set_event_destinations(ConfigurationSetName=name)
    (destination,) = told["EventDestinations"]
    assert destination["EventBridgeDestination"]["EventBusArn"].endswith(":event-bus/default")
    rule = next(r for r in events.list_rules()["Rules"] if "aws.ses" in r.get("EventPattern", ""))
    event = ses_bounce(ANNA, tags={"ses:configuration-set": [name]})
    others = ses_bounce(ANNA, tags={"ses:configuration-set": ["of another stack"]})
    for one, matches in ((event, True), (others, False)):
        found = events.test_event_pattern(EventPattern=rule["EventPattern"], Event=json.dumps(one))
        assert found["Result"] is matches
    function = next(
        made["FunctionName"]
        for made in client("lambda", cloud).list_functions()["Functions"]
        if made["Handler"] == "functions.bounces.handler.handler"
    )
    answer = client("lambda", cloud).invoke(FunctionName=function, Payload=json.dumps(event))
    assert json.load(answer["Payload"]) == {"outcome": "paused"}
    assert "anna  mail: paused since" in stack.leadwheel("mail")
    assert "sent again" in stack.leadwheel("mail", "anna", "--resume")
    assert stack.leadwheel("mail") == "No mail is paused.\n"
