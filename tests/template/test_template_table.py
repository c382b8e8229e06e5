"""One table, and what protects it."""

import pytest


@pytest.fixture
def table(find):
    """Properties of the only table."""
    tables = find("AWS::DynamoDB::Table")
    assert list(tables) == ["Table"]
    return tables["Table"]


def keys(schema):
    """Hash and range key of a key schema."""
    return {part["KeyType"]: part["AttributeName"] for part in schema}


def test_the_keys(table):
    """The store relies on these names."""
    assert keys(table["KeySchema"]) == {"HASH": "pk", "RANGE": "sk"}
    assert {one["AttributeType"] for one in table["AttributeDefinitions"]} == {"S"}


def test_the_indexes_are_sparse_and_hold_keys_only(table):
    """An index that carried more would be paid for with every write, and be read stale."""
    indexes = {one["IndexName"]: one for one in table["GlobalSecondaryIndexes"]}
    assert {name: keys(one["KeySchema"]) for name, one in indexes.items()} == {
        "due": {"HASH": "due", "RANGE": "due_at"},
        "place": {"HASH": "place", "RANGE": "placed_at"},
    }
    for one in indexes.values():
        assert one["Projection"] == {"ProjectionType": "KEYS_ONLY"}


def test_leads_outlive_the_stack(resources, table):
    """Neither deleting the stack nor a change that replaces the table may delete leads."""
    assert resources["Table"]["DeletionPolicy"] == "Retain"
    assert resources["Table"]["UpdateReplacePolicy"] == "Retain"
    assert table["DeletionProtectionEnabled"] == {"Fn::If": ["IsProduction", True, False]}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_the_table_is_encrypted_and_costs_nothing_when_idle(table):
    """The account's own key, and no capacity to plan."""
    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert table["BillingMode"] == "PAY_PER_REQUEST"


def test_the_stream_shows_what_changed(table):
    """Alerts compare both images."""
    assert table["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}


def test_what_has_expired_is_cleared_away(table):
    """Idempotency records and erased leads' traces go by themselves."""
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
