"""Adapting the embedding model to the cases of one knowledge base (`kb train`)."""
