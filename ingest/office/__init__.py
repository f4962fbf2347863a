"""Office documents: from blocks of text to a document, and the letterhead of state offices."""
