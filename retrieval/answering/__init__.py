"""From documents that were found to an answer that can be signed: checked, cited, or refused."""
