"""Adapters that read one family of formats each; `ingest.ports` says what they yield.

A register is read by several modules, from the bytes to the documents:

- `register_grid`: bytes to sheets of text, with the row numbers of the spreadsheet.
- `register_columns`: what a heading means, and the mapping file that says so by hand.
- `register_numbering`: how offices number rows: I, A, 1.1.
- `register_table`: where a sheet holds its headings and what each column is.
- `register_rows`: groups, records, totals, repeated headings and signatures below them.
- `register_form`: a sheet that is the form of one model.
- `register_place`: the place of a record.
- `register_facts`: what a record says: the parts of a case.
- `register_source`: where the register is from: file, title, issuing body, date.
- `register_notes`: why something became an article, and what helps.
- `register`: the documents.
"""
