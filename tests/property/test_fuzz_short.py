"""Changed files of every format: a short, repeatable form of `tests/fuzz`.

Each example is a good file with a few changes to it, the same in every run. What the readers give
must keep what `tests.fuzz.targets` asks for; the long form is `make fuzz`.
"""

import io
import zipfile
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.mutations import KINDS, TOKENS, Edit, apply_edits
from tests.fuzz.seeds import make_seeds
from tests.fuzz.targets import TARGETS

# Small, so that slow readers do not make the suite slow: time is looked at in the long form.
_MAX_BYTES = 40_000
_EXAMPLES = 8

edits = st.builds(
    Edit,
    kind=st.sampled_from(KINDS),
    position=st.floats(0, 1, exclude_max=True),
    length=st.sampled_from([1, 2, 4, 16, 64, 300]),
    data=st.sampled_from(TOKENS) | st.binary(max_size=6),
    count=st.sampled_from([2, 3, 10, 50]),
    member=st.floats(0, 1, exclude_max=True),
)


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Sequence[bytes]]:
    try:
        return make_seeds(tmp_path_factory.mktemp("seeds"))
    except FileNotFoundError as exc:
        pytest.skip(f"no font for the pages of the seeds: {exc}")


def test_every_target_has_seeds(seeds: Mapping[str, Sequence[bytes]]) -> None:
    assert set(seeds) == set(TARGETS)
    assert all(seeds.values())


@pytest.mark.parametrize("name", TARGETS)
def test_good_files_are_read_and_keep_their_promises(
    name: str, seeds: Mapping[str, Sequence[bytes]]
) -> None:
    for data in seeds[name][:3]:
        TARGETS[name].run(data)


@pytest.mark.parametrize("name", TARGETS)
def test_changed_files_are_read_or_refused(name: str, seeds: Mapping[str, Sequence[bytes]]) -> None:
    smallest = sorted(seeds[name], key=len)[:4]  # most of what is large is fonts and styles

    @given(st.sampled_from(smallest), st.lists(edits, min_size=1, max_size=5))
    @settings(max_examples=_EXAMPLES)
    def check(seed: bytes, changes: Sequence[Edit]) -> None:
        TARGETS[name].run(apply_edits(seed, changes, max_bytes=_MAX_BYTES))

    check()


def test_a_change_inside_an_archive_keeps_its_checksums(
    seeds: Mapping[str, Sequence[bytes]],
) -> None:
    edit = Edit("insert", 0.5, 1, b"<text:p/>", 1, 0.0)
    data = apply_edits(seeds["odt"][0], [edit], max_bytes=_MAX_BYTES)
    with zipfile.ZipFile(io.BytesIO(data)) as changed:
        assert changed.testzip() is None
        assert b"<text:p/>" in changed.read("content.xml")
