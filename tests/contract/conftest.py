"""A tiny real model for the contract of the sentence-transformers adapter."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def tiny_sentence_transformer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real sentence-transformers model on disk: random, 32 dimensions, one letter a token."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    root = tmp_path_factory.mktemp("tiny-model")
    letters = "abcdeghiklmnopqrstuvxy0123456789:_đơư%,."
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters]
    vocabulary += [f"##{letter}" for letter in letters]
    (root / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    bert = root / "bert"
    BertTokenizerFast(str(root / "vocab.txt"), model_max_length=64).save_pretrained(bert)
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
        initializer_range=0.5,
    )
    BertModel(config).save_pretrained(bert)
    transformer = Transformer(str(bert), max_seq_length=64)
    model = SentenceTransformer(
        modules=[transformer, Pooling(32)],
        prompts={"query": "hỏi: ", "document": "đáp: "},
        device="cpu",
    )
    model.save(str(root / "model"))
    return root / "model"
