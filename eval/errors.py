"""Errors of the evaluation, as a branch of the project's tree.

KbError
└── EvaluationError
    ├── DatasetError
    ├── RunFileError
    ├── RecordError
    ├── UnknownMeasure
    ├── JudgedDocumentsMissing
    └── NotComparable

They stand here and not in `kb.errors` because nothing below `eval` raises or catches them. A
message names the file and line that is wrong and says what to do.
"""

from kb.errors import KbError


class EvaluationError(KbError):
    """An evaluation cannot be carried out."""

    code = "evaluation_failed"


class DatasetError(EvaluationError):
    """A dataset's topics, judgements, nuggets or corpus cannot be used as they are."""

    code = "invalid_dataset"


class RunFileError(EvaluationError):
    """A run file is not one, or contradicts itself."""

    code = "invalid_run"


class RecordError(EvaluationError):
    """A run record cannot be read or written."""

    code = "invalid_record"


class UnknownMeasure(EvaluationError):
    """No measure of ir-measures has this name."""

    code = "unknown_measure"


class JudgedDocumentsMissing(EvaluationError):
    """The knowledge base holds none of the judged documents."""

    code = "judged_documents_missing"


class NotComparable(EvaluationError):
    """Two runs answer different topics, or were judged differently."""

    code = "not_comparable"
