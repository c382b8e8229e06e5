"""The only room that speaks DynamoDB: keys, conditions, transactions.

One table, one base model. Everything a condition protects is decided here; botocore's errors leave
this room as the errors of `shared.errors`.
"""
