"""Files that are replaced as a whole or not at all."""

import os
from pathlib import Path


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a reader, or the next run after a crash, never sees half of it.

    Args:
        path: In a folder that exists; an old file stays until the new one is complete on disk.
        content: All of it.

    Raises:
        OSError: The file cannot be written; the old one stays.
    """
    temporary = path.with_suffix(".tmp")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
