"""How well cases are extracted from articles: marked articles, measures, floors.

`python -m eval.extraction --split dev|test`. The development articles were used to set the rules
of `ingest.cases`, the test articles were not.
"""
