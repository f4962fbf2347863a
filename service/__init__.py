"""HTTP API, officers' pages and the commands that need every other part."""
