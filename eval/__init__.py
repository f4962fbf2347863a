"""Evaluation of retrieval and answers: formats, measures, comparison, gate, report."""
