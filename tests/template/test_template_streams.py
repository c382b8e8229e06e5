"""The stream is the outbox: nothing in it may be lost unseen or block what comes behind it."""

import json

import pytest

MAPPINGS = ["RoutingFunctionChanges", "AlertsFunctionChanges"]

NEW_LEAD = {"dynamodb": {"NewImage": {"kind": {"S": ["lead"]}, "status": {"S": ["new"]}}}}
FREED_REP = {
    "dynamodb": {"NewImage": {"kind": {"S": ["rep"]}, "freed_at": {"S": [{"exists": True}]}}}
}
TOLD_OF = {"dynamodb": {"NewImage": {"kind": {"S": ["lead", "cap", "return", "sign_in"]}}}}

LONGEST_RETRIES = 100
LONGEST_AGE = 3600  # seconds


def test_two_readers_and_no_more(find):
    """DynamoDB serves two readers per shard; a third would throttle the others."""
    assert sorted(find("AWS::Lambda::EventSourceMapping")) == sorted(MAPPINGS)


@pytest.mark.parametrize("name", MAPPINGS)
def test_a_mapping_starts_at_the_beginning(find, name):
    """LATEST would skip what was written while the mapping was being made."""
    mapping = find("AWS::Lambda::EventSourceMapping")[name]
    assert mapping["StartingPosition"] == "TRIM_HORIZON"
    assert mapping["EventSourceArn"] == {"Fn::GetAtt": ["Table", "StreamArn"]}


@pytest.mark.parametrize("name", MAPPINGS)
def test_one_bad_record_delays_only_itself_and_not_for_ever(find, name):
    """Lambda's defaults would repeat a whole batch for a day and block the shard meanwhile."""
    mapping = find("AWS::Lambda::EventSourceMapping")[name]
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["BisectBatchOnFunctionError"] is True
    assert 0 < mapping["MaximumRetryAttempts"] <= LONGEST_RETRIES
    assert 0 < mapping["MaximumRecordAgeInSeconds"] <= LONGEST_AGE


@pytest.mark.parametrize("name", MAPPINGS)
def test_what_is_given_up_is_kept_in_the_mappings_own_queue(find, name):
    """A record that was given up would otherwise leave no trace."""
    destination = find("AWS::Lambda::EventSourceMapping")[name]["DestinationConfig"]["OnFailure"]
    queue = name.replace("FunctionChanges", "Failures")
    assert destination["Destination"] == {"Fn::GetAtt": [queue, "Arn"]}
    assert queue in find("AWS::SQS::Queue")


@pytest.mark.parametrize("name", MAPPINGS)
def test_nothing_waits_for_a_batch_to_fill(find, name):
    """A window would add to every lead's way to its owner."""
    assert find("AWS::Lambda::EventSourceMapping")[name]["MaximumBatchingWindowInSeconds"] == 0


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("RoutingFunctionChanges", [NEW_LEAD, FREED_REP]), ("AlertsFunctionChanges", [TOLD_OF])],
)
def test_a_function_is_started_only_for_what_concerns_it(find, name, wanted):
    """Audit records and counters pass by without costing an invocation."""
    filters = find("AWS::Lambda::EventSourceMapping")[name]["FilterCriteria"]["Filters"]
    assert [json.loads(one["Pattern"]) for one in filters] == wanted
