"""Which leads have changed, read from the table's own stream: nothing is missed or scanned."""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from infra.local.aws import client

AT_ONCE = 1000  # as many as GetRecords gives


class Changes:
    """A place in the stream, which moves on as it is read. It starts at the present."""

    def __init__(self, endpoint_url: str, table: str) -> None:
        self._dynamodb = client("dynamodb", endpoint_url)
        self._table = table
        self._client = client("dynamodbstreams", endpoint_url)
        self._iterators = self._at("LATEST")

    def lead_ids(self) -> list[str]:
        """The leads that have changed since the last call, each once, in order."""
        return list(dict.fromkeys(self._lead_ids()))

    def _lead_ids(self) -> Iterator[str]:
        if not self._iterators:
            self._iterators = self._at("LATEST")
        for shard in list(self._iterators):
            for record in self._records(shard):
                image = record["dynamodb"].get("NewImage", {})
                if image.get("kind", {}).get("S") == "lead":
                    yield image["pk"]["S"].partition("#")[2]

    def _records(self, shard: str) -> Iterator[dict[str, Any]]:
        records = [None]
        while records and shard in self._iterators:
            try:
                answer = self._client.get_records(
                    ShardIterator=self._iterators[shard], Limit=AT_ONCE
                )
            except ClientError:  # too old, after a night's sleep of this machine: go on from now
                self._iterators = self._at("LATEST")
                return
            if "NextShardIterator" in answer:
                self._iterators[shard] = answer["NextShardIterator"]
            else:  # somebody disabled the stream; if it is enabled again, it is another one
                self._iterators = {}
            records = answer["Records"]
            yield from records

    def _at(self, where: str) -> dict[str, str]:
        stream = self._dynamodb.describe_table(TableName=self._table)["Table"]["LatestStreamArn"]
        shards = self._client.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"]
        return {
            shard["ShardId"]: self._client.get_shard_iterator(
                StreamArn=stream, ShardId=shard["ShardId"], ShardIteratorType=where
            )["ShardIterator"]
            for shard in shards
        }
