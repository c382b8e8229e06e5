"""The functions' code as the emulator takes it: ours alone.

Its workers run in this very Python, so the dependencies are there already.
"""

import io
import zipfile
from pathlib import Path

from infra.local.home import ROOT

PACKAGES = ("functions", "shared")


def code_archive(root: Path = ROOT) -> bytes:
    """A zip of the packages that the functions consist of."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        for package in PACKAGES:
            for file in sorted((root / package).rglob("*")):
                if file.is_file() and "__pycache__" not in file.parts:
                    zipped.write(file, file.relative_to(root))
    return archive.getvalue()
