"""What must hold between a claim and the quotes that it rests on, one concern a module.

Each check compares words only with words: a claim that a language model wrote is believed in
nothing that its quotes, or the head of the quoted document, do not say.
"""

from retrieval.answering.claim_checks.entailment import Entailment, is_entailed, measure_entailment
from retrieval.answering.claim_checks.figures import figures_supported
from retrieval.answering.claim_checks.names import names_supported
from retrieval.answering.claim_checks.negation import negation_consistent
from retrieval.answering.claim_checks.places import document_is_of, place_supported
from retrieval.answering.claim_checks.statements import is_statement, plain_claim

__all__ = [
    "Entailment",
    "document_is_of",
    "figures_supported",
    "is_entailed",
    "is_statement",
    "measure_entailment",
    "names_supported",
    "negation_consistent",
    "place_supported",
    "plain_claim",
]
