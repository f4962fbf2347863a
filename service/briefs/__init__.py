"""Briefs: an answer or chosen cases as a document that an officer can file and sign."""
