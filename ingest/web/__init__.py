"""Web pages, files at addresses, feeds and sitemaps as a source of ingest."""
