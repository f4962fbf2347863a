"""Cases (mô hình) that articles tell of: found by rules, each part pointing to its words.

An article names dozens of models in a sentence; each must become a case that officers find. What
is doubtful is left out (`ingest.cases.scoring`). No model is needed; what a language model proposes
goes through the same filters (`ingest.cases.proposals`).
"""

from ingest.cases.extractor import extract_cases
from ingest.cases.linking import link
from ingest.cases.names import blocking_keys
from ingest.cases.proposals import merge_proposals

__all__ = ["blocking_keys", "extract_cases", "link", "merge_proposals"]
