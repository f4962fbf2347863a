"""From a question to ranked documents and cited answers."""
