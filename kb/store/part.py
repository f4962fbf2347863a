"""What the parts of the document store share: one engine, one way to name its errors."""

from collections.abc import Callable

from sqlalchemy.engine import Engine

from kb.store.engine import Translated


class StorePart:
    """A group of tables behind the engine of the document store."""

    def __init__(self, engine: Engine, translated: Callable[[], Translated]) -> None:
        """Share the engine of the document store.

        Args:
            engine: Opened, with its tables.
            translated: Gives a context that turns database exceptions into ours.
        """
        self._engine = engine
        self._translated = translated
