"""Ids that stay the same from run to run."""

import uuid

import pytest

from kb.ids import (
    chunk_id_for,
    content_sha256,
    document_id_apart,
    document_id_for,
    slugify,
)


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Đưa màu xuống ruộng", "dua-mau-xuong-ruong"),
        ("  Ấp 5 -- Tân Hưng!  ", "ap-5-tan-hung"),
        ("日本", ""),
        ("", ""),
    ],
)
def test_slug_is_ascii(text: str, slug: str) -> None:
    assert slugify(text) == slug


def test_document_id_survives_a_move_of_the_whole_folder() -> None:
    assert document_id_for("/home/a/bai/tom.txt") == document_id_for("/srv/bai/tom.txt")
    assert document_id_for("C:\\kho\\bai\\tom.txt") == document_id_for("/srv/bai/tom.txt")


def test_document_id_differs_by_folder_and_by_suffix() -> None:
    ids = {document_id_for(f"/srv/{name}") for name in ("a/x.txt", "b/x.txt", "a/x.html")}
    assert len(ids) == 3
    assert all(document_id.startswith("x-") for document_id in ids)


def test_whole_address_and_whole_upload_count() -> None:
    ids = {
        document_id_for(f"{start}/tin/thong-bao.html")
        for start in ("https://a.vn", "https://b.vn", "https://b.vn/x", "upload:ab", "upload:cd/x")
    }
    assert len(ids) == 5
    assert all(document_id.startswith("thong-bao-") for document_id in ids)


def test_whole_path_inside_an_archive_counts() -> None:
    ids = {
        document_id_for(f"{outer}!/{inner}")
        for outer in (
            "/srv/kho/a.zip",
            "/srv/khac/a.zip",
            "https://a.vn/a.zip",
            "https://b.vn/a.zip",
        )
        for inner in ("x/2023/b.md", "y/2023/b.md", "b.md")
    }
    assert len(ids) == 12
    assert document_id_for("/home/kho/a.zip!/b.md") == document_id_for("/srv/kho/a.zip!/b.md")


def test_ids_apart_go_on_and_differ_by_the_whole_path() -> None:
    first = document_id_apart("b-123456", "/srv/a/2023/b.md")
    assert first.startswith("b-123456-")
    assert slugify(first) == first
    assert first != document_id_apart("b-123456", "/srv/c/2023/b.md")


def test_document_id_of_a_name_without_letters_is_still_one() -> None:
    assert document_id_for("日本.txt").startswith("tai-lieu-")
    assert len(document_id_for("a" * 300 + ".txt")) == 87  # 80, a hyphen, 6 of the digest


def test_chunk_id_is_a_uuid_fixed_by_document_and_ordinal() -> None:
    first = chunk_id_for("a", 0)
    assert uuid.UUID(first).version == 5
    assert first == chunk_id_for("a", 0)
    assert len({first, chunk_id_for("a", 1), chunk_id_for("b", 0), chunk_id_for("a0", 0)}) == 4


def test_digest_counts_the_borders_of_its_parts() -> None:
    assert content_sha256("ab", "c") != content_sha256("a", "bc")
    assert content_sha256("a") != content_sha256("a", "")
    assert len(content_sha256()) == 64
