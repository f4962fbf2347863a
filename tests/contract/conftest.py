"""Tiny real models of sentence-transformers: random, 32 dimensions, one letter a token."""

from pathlib import Path
from typing import Any

import pytest

_POSITIONS = 128


def _tiny_bert(root: Path, seed: int, **options: object) -> tuple[Path, Any]:
    """Return the folder of a saved tokenizer and a configuration for it; seeds torch."""
    import torch
    from transformers import BertConfig, BertTokenizerFast

    letters = "abcdeghiklmnopqrstuvxy0123456789:_đơư%,."
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters]
    vocabulary += [f"##{letter}" for letter in letters]
    (root / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    bert = root / "bert"
    tokenizer = BertTokenizerFast(str(root / "vocab.txt"), model_max_length=_POSITIONS)
    tokenizer.save_pretrained(bert)
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=_POSITIONS,
        initializer_range=0.5,
        **options,
    )
    return bert, config


@pytest.fixture(scope="session")
def tiny_sentence_transformer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real sentence-transformers model on disk, with prompts."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertModel

    root = tmp_path_factory.mktemp("tiny-model")
    bert, config = _tiny_bert(root, seed=7)
    BertModel(config).save_pretrained(bert)
    transformer = Transformer(str(bert), max_seq_length=64)
    model = SentenceTransformer(
        modules=[transformer, Pooling(32)],
        prompts={"query": "hỏi: ", "document": "đáp: "},
        device="cpu",
    )
    model.save(str(root / "model"))
    return root / "model"


@pytest.fixture(scope="session")
def tiny_cross_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real cross-encoder on disk, with one label."""
    from sentence_transformers import CrossEncoder
    from transformers import BertForSequenceClassification

    root = tmp_path_factory.mktemp("tiny-cross-encoder")
    bert, config = _tiny_bert(root, seed=3, num_labels=1)
    BertForSequenceClassification(config).save_pretrained(bert)
    CrossEncoder(str(bert), device="cpu").save_pretrained(str(root / "model"))
    return root / "model"
