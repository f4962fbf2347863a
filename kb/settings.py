"""All settings of the project, read once in an entry point and passed down.

Sources, strongest first: arguments, `KB_*` environment variables (sections joined by two
underscores: `KB_RETRIEVAL__TOP_K=20`), `kb.toml` in the working directory, the defaults here.
A name that is not listed here is an error, in the file and in the environment, since a misspelt
setting that is ignored costs more than one that is refused.
"""

import difflib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import SettingsError as SourceError

from kb.errors import SettingsError
from kb.validation import reason

ENV_PREFIX = "KB_"
# Names that other parts of the project read: tests and benchmarks, never the application.
_FOREIGN_PREFIXES = ("KB_TEST_", "KB_BENCH_")
CONFIG_FILE = Path("kb.toml")

Share = Annotated[float, Field(ge=0.0, le=1.0)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EmbedderSettings(_Section):
    """Which model embeds texts, and how."""

    kind: Literal["bundled", "sentence-transformers", "hashing"] = "bundled"
    model: str = ""
    segment: bool = False
    query_prompt: str | None = None
    passage_prompt: str | None = None
    batch_size: Annotated[int, Field(ge=1, le=512)] = 16
    threads: Annotated[int, Field(ge=0, le=256)] = 0
    precision: Literal["auto", "f32", "bf16"] = "auto"
    max_tokens: Annotated[int, Field(ge=16, le=8192)] = 512
    adapter: Path | None = None


class IndexSettings(_Section):
    """Where vectors live: in this process under the data directory, or on a Qdrant server."""

    kind: Literal["edge", "qdrant"] = "edge"
    url: str = ""
    api_key: str = Field(default="", repr=False)
    collection: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")] = "mo-hinh"


class StoreSettings(_Section):
    """Where documents live; an empty URL means SQLite under the data directory."""

    url: str = Field(default="", repr=False)


class ChunkerSettings(_Section):
    """Sizes in syllables; one syllable is about 1.3 tokens of the bundled model."""

    target_syllables: Annotated[int, Field(ge=20, le=300)] = 240
    overlap_sentences: Annotated[int, Field(ge=0, le=5)] = 1


class RetrievalSettings(_Section):
    """How candidates are found and fused."""

    top_k: Annotated[int, Field(ge=1, le=100)] = 10
    candidates: Annotated[int, Field(ge=10, le=1000)] = 100
    max_query_chars: Annotated[int, Field(ge=100, le=100_000)] = 5000
    rerank: bool = True
    cross_encoder: str = ""


class IngestSettings(_Section):
    """Limits of what is taken in."""

    max_file_mb: Annotated[float, Field(gt=0, le=4096)] = 50
    batch_documents: Annotated[int, Field(ge=1, le=10_000)] = 64
    workers: Annotated[int, Field(ge=0, le=256)] = 0
    file_timeout_seconds: Annotated[float, Field(gt=0, le=86_400)] = 120
    worker_memory_mb: Annotated[int, Field(ge=256, le=1_000_000)] = 2048
    max_archive_mb: Annotated[float, Field(gt=0, le=100_000)] = 500
    max_archive_files: Annotated[int, Field(ge=1, le=1_000_000)] = 10_000
    ocr: Literal["auto", "off"] = "auto"
    extract_cases: bool = True


class WebSettings(_Section):
    """How addresses are fetched."""

    user_agent: Annotated[str, Field(min_length=1, max_length=200)] = "mohinh-kb/0.1"
    delay_seconds: Annotated[float, Field(ge=0, le=3600)] = 1.0
    timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 20
    max_page_mb: Annotated[float, Field(gt=0, le=1024)] = 20
    max_redirects: Annotated[int, Field(ge=0, le=20)] = 5
    max_pages: Annotated[int, Field(ge=1, le=1_000_000)] = 1000
    retries: Annotated[int, Field(ge=0, le=10)] = 3
    robots: bool = True
    allow_private: bool = False


class LlmSettings(_Section):
    """A language model behind an OpenAI-compatible endpoint; without `model` none is asked.

    `timeout_seconds` is for one whole answer and `first_token_seconds` for its first word: what
    takes longer is broken off, and the quoted answer stands in.
    """

    base_url: str = ""
    model: str = ""
    api_key: str = Field(default="", repr=False)
    timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 30
    first_token_seconds: Annotated[float, Field(gt=0, le=600)] = 10
    max_tokens: Annotated[int, Field(ge=64, le=32_768)] = 1024
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.0
    output: Literal["json_schema", "json_object", "text"] = "json_schema"


class ConversationSettings(_Section):
    """How long the service remembers what follow-up questions refer to."""

    minutes: Annotated[float, Field(gt=0, le=10_080)] = 30
    max_sessions: Annotated[int, Field(ge=1, le=1_000_000)] = 1000
    max_turns: Annotated[int, Field(ge=1, le=1000)] = 20


class ServiceSettings(_Section):
    """Where the service listens, and under which address others reach it."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    public_url: Annotated[str, Field(pattern=r"^(?:https?://[^\s?#]+)?$")] = ""
    token: str = Field(default="", repr=False)
    max_upload_mb: Annotated[float, Field(gt=0, le=4096)] = 100


def _default_model_dir() -> Path:
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "mohinh-kb" / "models"


class Settings(BaseSettings):
    """Every setting with its default. Build it with `load_settings`."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        toml_file=CONFIG_FILE,
        protected_namespaces=(),
    )

    data_dir: Path = Path("data")
    model_dir: Path = Field(default_factory=_default_model_dir)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "WARNING"
    embedder: EmbedderSettings = EmbedderSettings()
    index: IndexSettings = IndexSettings()
    store: StoreSettings = StoreSettings()
    chunker: ChunkerSettings = ChunkerSettings()
    retrieval: RetrievalSettings = RetrievalSettings()
    ingest: IngestSettings = IngestSettings()
    web: WebSettings = WebSettings()
    llm: LlmSettings = LlmSettings()
    conversation: ConversationSettings = ConversationSettings()
    service: ServiceSettings = ServiceSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment, then `kb.toml`."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(**overrides: Any) -> Settings:
    """Return the settings in force.

    Args:
        **overrides: Top-level fields that win over environment and file.

    Raises:
        SettingsError: A name is unknown, or a value has the wrong type or range.
    """
    known = set(setting_names())
    for name in os.environ:
        if not name.upper().startswith(ENV_PREFIX) or name.upper().startswith(_FOREIGN_PREFIXES):
            continue
        if name.upper() not in known:
            raise SettingsError(_unknown_name(name, known))
    try:
        return Settings(**overrides)
    except ValidationError as exc:
        problems = "; ".join(_problem(error, known) for error in exc.errors())
        raise SettingsError(
            f"Thiết lập không hợp lệ (biến môi trường hoặc {CONFIG_FILE}): {problems}."
        ) from exc
    except SourceError as exc:  # a section given as one variable that is not JSON
        raise SettingsError(
            f"Biến môi trường KB_* không đọc được: {exc}. "
            "Đặt từng mục riêng, ví dụ KB_RETRIEVAL__TOP_K=20."
        ) from exc
    except (OSError, ValueError) as exc:  # broken TOML
        raise SettingsError(f"Không đọc được tệp thiết lập {str(CONFIG_FILE)!r}: {exc}") from exc


def _problem(error: Any, known: set[str]) -> str:
    name = ENV_PREFIX + "__".join(str(part) for part in error["loc"]).upper()
    if error["type"] == "extra_forbidden":
        return _unknown_name(name, known).rstrip(".")
    return f"{name} {reason(error)}"


def _unknown_name(name: str, known: set[str]) -> str:
    close = difflib.get_close_matches(name.upper(), sorted(known), n=1, cutoff=0.7)
    hint = f" Có phải ý là {close[0]}?" if close else " Xem bảng thiết lập trong README.md."
    return f"Không có thiết lập {name!r}.{hint}"


def setting_names(model: type[BaseModel] = Settings, prefix: str = ENV_PREFIX) -> Iterator[str]:
    """Yield the environment name of every setting, in order of declaration."""
    for name, info in model.model_fields.items():
        annotation = info.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            yield f"{prefix}{name.upper()}"
            yield from setting_names(annotation, f"{prefix}{name.upper()}__")
        else:
            yield f"{prefix}{name.upper()}"


def describe_settings(settings: Settings) -> Mapping[str, Any]:
    """Return the settings as plain data with secrets blanked, for `kb info` and `kb doctor`.

    A secret is a field with `repr=False`: what is kept out of logs is kept out of reports.
    """
    return _blanked(settings, settings.model_dump(mode="json"))


def _blanked(model: BaseModel, data: Mapping[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for name, info in type(model).model_fields.items():
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            shown[name] = _blanked(value, data[name])
        else:
            shown[name] = "***" if value and not info.repr else data[name]
    return shown
