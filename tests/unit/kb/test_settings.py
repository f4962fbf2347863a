"""Settings from the environment and `kb.toml`, and what happens to misspelt ones."""

import json
import re
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from kb.errors import SettingsError
from kb.settings import Settings, describe_settings, load_settings, setting_names

README = Path(__file__).parents[3] / "README.md"
SECTIONS = {
    f"KB_{name.upper()}"
    for name, info in Settings.model_fields.items()
    if isinstance(info.annotation, type) and hasattr(info.annotation, "model_fields")
}
NAMES = [name for name in setting_names() if name not in SECTIONS]
# A valid value other than the default for each setting.
VALUES = {
    "KB_DATA_DIR": "/srv/kb",
    "KB_MODEL_DIR": "/srv/models",
    "KB_LOG_LEVEL": "DEBUG",
    "KB_EMBEDDER__KIND": "hashing",
    "KB_EMBEDDER__MODEL": "BAAI/bge-m3",
    "KB_EMBEDDER__SEGMENT": "true",
    "KB_EMBEDDER__QUERY_PROMPT": "q: ",
    "KB_EMBEDDER__PASSAGE_PROMPT": "p: ",
    "KB_EMBEDDER__BATCH_SIZE": "8",
    "KB_EMBEDDER__THREADS": "2",
    "KB_EMBEDDER__PRECISION": "f32",
    "KB_EMBEDDER__MAX_TOKENS": "256",
    "KB_EMBEDDER__ADAPTER": "/srv/adapter.npz",
    "KB_INDEX__KIND": "qdrant",
    "KB_INDEX__URL": "http://127.0.0.1:6333",
    "KB_INDEX__API_KEY": "secret",
    "KB_INDEX__COLLECTION": "other",
    "KB_STORE__URL": "postgresql://kb@localhost/kb",
    "KB_CHUNKER__TARGET_SYLLABLES": "100",
    "KB_CHUNKER__OVERLAP_SENTENCES": "0",
    "KB_RETRIEVAL__TOP_K": "20",
    "KB_RETRIEVAL__CANDIDATES": "50",
    "KB_RETRIEVAL__MAX_QUERY_CHARS": "1000",
    "KB_RETRIEVAL__RERANK": "false",
    "KB_RETRIEVAL__CROSS_ENCODER": "BAAI/bge-reranker-v2-m3",
    "KB_INGEST__MAX_FILE_MB": "1.5",
    "KB_INGEST__BATCH_DOCUMENTS": "8",
    "KB_INGEST__WORKERS": "3",
    "KB_INGEST__FILE_TIMEOUT_SECONDS": "5.5",
    "KB_INGEST__WORKER_MEMORY_MB": "512",
    "KB_INGEST__MAX_ARCHIVE_MB": "10.5",
    "KB_INGEST__MAX_ARCHIVE_FILES": "20",
    "KB_INGEST__OCR": "off",
    "KB_INGEST__EXTRACT_CASES": "false",
    "KB_WEB__USER_AGENT": "kho-mo-hinh (+mailto:kho@example.vn)",
    "KB_WEB__DELAY_SECONDS": "2.5",
    "KB_WEB__TIMEOUT_SECONDS": "5.5",
    "KB_WEB__MAX_PAGE_MB": "1.5",
    "KB_WEB__MAX_REDIRECTS": "1",
    "KB_WEB__MAX_PAGES": "10",
    "KB_WEB__RETRIES": "0",
    "KB_WEB__ROBOTS": "false",
    "KB_WEB__ALLOW_PRIVATE": "true",
    "KB_LLM__BASE_URL": "http://127.0.0.1:8080/v1",
    "KB_LLM__MODEL": "qwen3",
    "KB_LLM__API_KEY": "secret",
    "KB_LLM__TIMEOUT_SECONDS": "5.5",
    "KB_LLM__FIRST_TOKEN_SECONDS": "2.5",
    "KB_LLM__MAX_TOKENS": "512",
    "KB_LLM__TEMPERATURE": "0.5",
    "KB_LLM__OUTPUT": "text",
    "KB_CONVERSATION__MINUTES": "5.5",
    "KB_CONVERSATION__MAX_SESSIONS": "10",
    "KB_CONVERSATION__MAX_TURNS": "3",
    "KB_SERVICE__HOST": "0.0.0.0",
    "KB_SERVICE__PORT": "9000",
    "KB_SERVICE__PUBLIC_URL": "https://mohinh.example.vn/kho",
    "KB_SERVICE__TOKEN": "secret",
    "KB_SERVICE__MAX_UPLOAD_MB": "5.5",
}


def lookup(settings: Settings, name: str) -> object:
    value: object = settings
    for part in name.removeprefix("KB_").lower().split("__"):
        value = getattr(value, part)
    return value


@pytest.fixture(autouse=True)
def _empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_each_setting_is_read_from_the_environment(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert name in VALUES, "add a value for the new setting to this test"
    default = lookup(load_settings(), name)
    monkeypatch.setenv(name, VALUES[name])
    changed = lookup(load_settings(), name)
    assert changed != default
    assert str(changed).lower() == VALUES[name].lower()


def readme_rows() -> dict[str, str]:
    """Return the column of defaults by name, from the table of settings."""
    rows = re.findall(r"^\| *`(KB_[A-Z0-9_]+)` *\|([^|]*)\|", README.read_text("utf-8"), re.M)
    return {name: default.strip() for name, default in rows}


def test_readme_lists_each_setting_and_no_other() -> None:
    assert list(readme_rows()) == list(setting_names())


def test_readme_gives_the_defaults_in_force() -> None:
    settings = load_settings()
    given = {
        name: default.strip("`")
        for name, default in readme_rows().items()
        if default.startswith("`") and name != "KB_MODEL_DIR"  # that one depends on the user
    }
    assert given == {
        name: str(lookup(settings, name)).replace("False", "false").replace("True", "true")
        for name in given
    }
    assert len(given) > 15


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        ("KB_DATADIR", "KB_DATA_DIR"),
        ("KB_RETRIEVAL_TOP_K", "KB_RETRIEVAL__TOP_K"),
        ("KB_EMBEDER__KIND", "KB_EMBEDDER__KIND"),
        ("kb_data_dirr", "KB_DATA_DIR"),
    ],
)
def test_misspelt_variable_is_refused_with_the_name_that_was_meant(
    misspelt: str, meant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(misspelt, "x")
    with pytest.raises(SettingsError, match=f"{misspelt}.*Có phải ý là {meant}?"):
        load_settings()


def test_variable_like_no_setting_is_refused_and_points_to_the_table(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KB_QWERTYUIOP", "x")
    with pytest.raises(SettingsError, match=r"'KB_QWERTYUIOP'.*README\.md"):
        load_settings()


def test_variables_of_tests_and_benchmarks_are_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KB_TEST_QDRANT_URL", "x")
    monkeypatch.setenv("KB_BENCH_ROUNDS", "x")
    monkeypatch.setenv("KBD_LAYOUT", "x")
    assert load_settings().data_dir == Path("data")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("KB_EMBEDDER__BATCH_SIZE", "9999", "KB_EMBEDDER__BATCH_SIZE không được quá 512"),
        ("KB_RETRIEVAL__TOP_K", "0", "KB_RETRIEVAL__TOP_K phải từ 1 trở lên"),
        ("KB_RETRIEVAL__TOP_K", "nhiều", "KB_RETRIEVAL__TOP_K phải là số nguyên"),
        ("KB_INGEST__MAX_FILE_MB", "0", "KB_INGEST__MAX_FILE_MB phải lớn hơn 0"),
        ("KB_INGEST__MAX_FILE_MB", "x", "KB_INGEST__MAX_FILE_MB phải là một số"),
        ("KB_INDEX__KIND", "faiss", "KB_INDEX__KIND phải là một trong: 'edge', 'qdrant'"),
        ("KB_EMBEDDER__SEGMENT", "maybe", "KB_EMBEDDER__SEGMENT phải là true hoặc false"),
        ("KB_RETRIEVAL", "20", "KB_RETRIEVAL"),
        ("KB_RETRIEVAL", "{", "KB_RETRIEVAL__TOP_K=20"),
    ],
)
def test_bad_value_is_refused_with_its_variable_and_the_rule(
    name: str, value: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert message in str(caught.value)


def test_file_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("kb.toml").write_text(
        'data_dir = "/srv/file"\n[retrieval]\ntop_k = 7\ncandidates = 70\n', encoding="utf-8"
    )
    monkeypatch.setenv("KB_RETRIEVAL__TOP_K", "9")
    settings = load_settings()
    assert settings.data_dir == Path("/srv/file")
    assert (settings.retrieval.top_k, settings.retrieval.candidates) == (9, 70)


def test_argument_wins_over_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KB_DATA_DIR", "/srv/environment")
    assert load_settings(data_dir=Path("/srv/argument")).data_dir == Path("/srv/argument")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[retrieval]\ntop_kk = 7\n", "Có phải ý là KB_RETRIEVAL__TOP_K?"),
        ("datadir = 'x'\n", "Có phải ý là KB_DATA_DIR?"),
        ("[retrieval\n", "Không đọc được tệp thiết lập 'kb.toml'"),
    ],
)
def test_broken_file_is_refused(content: str, message: str) -> None:
    Path("kb.toml").write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert message in str(caught.value)


def test_settings_cannot_be_changed_once_loaded() -> None:
    with pytest.raises(ValidationError):
        load_settings().data_dir = Path("/elsewhere")


def test_secrets_are_blanked_where_settings_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KB_INDEX__API_KEY", "top-secret")
    monkeypatch.setenv("KB_STORE__URL", "postgresql://u:top-secret@db/kb")
    settings = load_settings()
    assert "top-secret" not in str(describe_settings(settings))
    assert "top-secret" not in repr(settings)
    assert describe_settings(settings)["index"]["api_key"] == "***"


def test_every_secret_is_blanked_whatever_section_it_stands_in() -> None:
    values = Settings().model_dump()
    secrets = [
        (section, name)
        for section, info in Settings.model_fields.items()
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel)
        for name, field in info.annotation.model_fields.items()
        if not field.repr
    ]
    assert set(secrets) >= {("index", "api_key"), ("store", "url"), ("service", "token")}
    for section, name in secrets:
        values[section][name] = f"secret-{section}-{name}"
    shown = describe_settings(Settings(**values))
    assert "secret-" not in str(shown)
    for section, name in secrets:
        assert shown[section][name] == "***"
        del shown[section][name], values[section][name]
    assert shown == json.loads(json.dumps(values, default=str))
