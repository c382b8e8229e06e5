"""What a cold start pays for."""

import subprocess
import sys

CODE = """
import sys
import shared.sources
from shared.sources import body, fields, fingerprint, spam
body.read_body("application/json", b'{"a": "b"}')
slow = {"phonenumbers", "email_validator", "python_multipart", "idna", "boto3", "pydantic"}
print(sorted(slow & set(sys.modules)))
"""


def test_the_slow_libraries_wait_until_they_are_needed() -> None:
    """Importing the stages, and reading JSON, loads none of the libraries of single formats."""
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
