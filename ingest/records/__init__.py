"""Records that say themselves what they are: casebooks, Markdown with front matter, BEIR lines."""
