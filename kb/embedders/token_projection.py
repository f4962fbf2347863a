"""The projection of multilingual-e5-small's token vectors for late interaction.

Late interaction (Khattab & Zaharia 2020, "ColBERT", section 3.2) compares every token of a query
with every token of a passage. The model was not trained for it, but its last hidden states carry
it well once what they all share is taken away: the mean is subtracted (Mu & Viswanath 2018,
"All-but-the-Top") and the first principal components are kept, which also makes them small enough
to store. Mean and components are learnt once, from the starter corpus, and shipped
(`data/token_projection.npz`), so stored vectors never depend on what else is stored.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, cast

import numpy as np

from kb.ports import FloatArray

TOKEN_DIM = 128
_FILE = Path(__file__).parent / "data" / "token_projection.npz"
# Every so many token vectors are enough for the components of 384 dimensions.
_SAMPLE_STEP = 7


@dataclass(frozen=True, slots=True)
class TokenProjection:
    """Subtracts the mean and keeps the first components.

    Attributes:
        mean: `(hidden,)` float32.
        basis: `(hidden, token_dim)` float32, orthonormal columns.
    """

    mean: FloatArray
    basis: FloatArray

    @classmethod
    def load(cls, path: Path = _FILE) -> Self:
        """Return the shipped projection."""
        with np.load(path, allow_pickle=False) as data:
            return cls(data["mean"].astype(np.float32), data["basis"].astype(np.float32))

    @classmethod
    def learn(cls, hidden: FloatArray, dim: int = TOKEN_DIM) -> Self:
        """Return mean and principal components of hidden states.

        Args:
            hidden: `(tokens, hidden)` last hidden states, at least `dim` rows.
            dim: Components kept.
        """
        mean = hidden.mean(axis=0)
        _, _, components = np.linalg.svd(hidden[::_SAMPLE_STEP] - mean, full_matrices=False)
        return cls(mean.astype(np.float32), components[:dim].T.astype(np.float32))

    def save(self, path: Path = _FILE) -> None:
        """Write it in half precision, which costs no quality and half the room."""
        path.parent.mkdir(exist_ok=True)
        np.savez_compressed(
            path, mean=self.mean.astype(np.float16), basis=self.basis.astype(np.float16)
        )


def _learn_from(folder: Path) -> TokenProjection:
    """Return the projection learnt from the Markdown files of a folder."""
    from tempfile import TemporaryDirectory

    import torch

    from kb.embedders.convert import torch_encoder
    from kb.embedders.e5_file import E5File, find_source
    from kb.embedders.e5_tokenizer import E5Tokenizer

    source = E5File(find_source())
    with TemporaryDirectory() as scratch:
        E5Tokenizer.save(source.vocabulary, Path(scratch))
        tokenizer = E5Tokenizer.load(Path(scratch))
    bert = cast(Any, torch_encoder(source)).bert
    states: list[FloatArray] = []
    for path in sorted(folder.rglob("*.md")):
        body = path.read_text(encoding="utf-8").split("---", 2)[-1]
        ids = tokenizer.encode("passage: " + body, 400)
        with torch.no_grad():
            hidden = bert(input_ids=torch.tensor([ids])).last_hidden_state[0]
        states.append(hidden[3:-1].numpy())
    return TokenProjection.learn(np.concatenate(states))


if __name__ == "__main__":  # python -m kb.embedders.token_projection corpus
    _learn_from(Path(sys.argv[1])).save()
