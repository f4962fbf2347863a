"""Adapters that read one family of formats each; `ingest.ports` says what they yield."""
