"""Examples in the OpenAPI document: one case as a search and as an answer, and usual requests."""

import json
from typing import Any

from fastapi.openapi.models import Example

SEARCH_REQUESTS: dict[str, Example] = {
    "tu-khoa": {
        "summary": "Từ khóa, ba kết quả",
        "value": {"query": "camera an ninh", "top_k": 3},
    },
    "loc": {
        "summary": "Có điều kiện lọc",
        "value": {
            "query": "giảm nghèo bền vững",
            "top_k": 10,
            "mode": "hybrid",
            "province": "Cà Mau",
            "field": "kinh-te",
        },
    },
    "khong-dau": {"summary": "Gõ không dấu", "value": {"query": "nuoi tom quang canh"}},
    "tat": {
        "summary": "Tìm đúng chữ đã gõ, không thêm từ gần nghĩa",
        "value": {"query": "HTX nuoi tom", "without": ["diacritics", "typos", "synonyms"]},
    },
}

ANSWER_REQUESTS: dict[str, Example] = {
    "so-lieu": {
        "summary": "Hỏi số liệu",
        "value": {"question": "Mô hình “Mắt thần” an ninh lắp bao nhiêu camera?"},
    },
    "cach-lam": {
        "summary": "Hỏi cách làm, trong một tỉnh",
        "value": {"question": "Thu gom rác thải nhựa được làm thế nào?", "province": "Bạc Liêu"},
    },
    "dong-su-kien": {
        "summary": "Nhận từng phần, mở cuộc trao đổi để hỏi tiếp",
        "value": {
            "question": "Thu gom rác thải nhựa được làm thế nào?",
            "stream": True,
            "session_id": "new",
        },
    },
}

BRIEF_REQUESTS: dict[str, Example] = {
    "cau-hoi": {
        "summary": "Báo cáo Word trả lời một câu hỏi",
        "value": {"question": "Mô hình giảm nghèo hiệu quả ở Cà Mau"},
    },
    "mo-hinh": {
        "summary": "Tóm tắt mô hình được chọn, bản Markdown, có cơ quan ban hành",
        "value": {
            "cases": ["mat-than-an-ninh-phuong-2-ca-mau"],
            "format": "md",
            "organization": "BAN DÂN VẬN TỈNH ỦY",
            "place": "Cà Mau",
        },
    },
}

_DOCUMENT_ID = "mat-than-an-ninh-phuong-2-ca-mau"
_URL = "https://baocamau.vn/-mat-than-an-ninh-a30526.html"
# What an interpretation holds where nothing was found in the question.
_UNDERSTOOD: dict[str, Any] = {
    "diacritics": True,
    "confidence": 1.0,
    "corrections": [],
    "abbreviations": [],
    "provinces": [],
    "places": [],
    "fields": [],
    "topics": [],
    "organizations": [],
    "levels": [],
    "years": [],
    "related": [],
    "without": [],
    "filters": {},
}

SEARCH_RESPONSE: dict[str, Any] = {
    "query": "mắt thần",
    "interpretation": {
        **_UNDERSTOOD,
        "typed": "mắt thần",
        "normalized": "mắt thần",
        "mode": "hybrid",
    },
    "total": 1,
    "hits": [
        {
            "rank": 1,
            "score": 0.966244,
            "document_id": _DOCUMENT_ID,
            "case_id": _DOCUMENT_ID,
            "title": "“Mắt thần” an ninh",
            "snippet": "“Mắt thần” an ninh",
            "snippet_start_char": 0,
            "snippet_end_char": 18,
            "highlights": [{"start_char": 1, "end_char": 9}],
            "province": "Cà Mau",
            "province_today": "Cà Mau",
            "field": "quoc-phong-an-ninh",
            "topics": ["an-ninh-trat-tu", "giao-thong", "chuyen-doi-so"],
            "organization": "Công an Phường 2 tham mưu Đảng ủy, UBND phường",
            "key_result": "Lắp 34 mắt camera",
            "url": _URL,
            "publisher": "Báo Cà Mau",
            "published": None,
            "passages": [],
            "same_case": [],
            "source_count": 1,
            "independent_source_count": 1,
            "features": {"dense": 0.94, "late": 0.91, "case": 1.0},
            "locator": None,
            "cases": [],
        }
    ],
    "timings_ms": {"parse": 0.2, "embed": 6.1, "total": 12.4},
}

ANSWER_RESPONSE: dict[str, Any] = {
    "question": "Mô hình “Mắt thần” an ninh lắp bao nhiêu camera?",
    "status": "answered",
    "reason": None,
    "answer": "“Mắt thần” an ninh (Cà Mau): Lắp 34 mắt camera [1]",
    "claims": [
        {
            "text": "“Mắt thần” an ninh (Cà Mau): Lắp 34 mắt camera",
            "citations": [1],
            "checks": {"has_citation": True, "quote_verbatim": True, "figures_supported": True},
            "written_by": "extractive",
        }
    ],
    "citations": [
        {
            "marker": 1,
            "document_id": _DOCUMENT_ID,
            "case_id": _DOCUMENT_ID,
            "title": "“Mắt thần” an ninh",
            "publisher": "Báo Cà Mau",
            "url": _URL,
            "published": None,
            "quote": "Lắp 34 mắt camera",
            "start_char": 592,
            "end_char": 609,
            "locator": None,
            "permalink": f"/documents/{_DOCUMENT_ID}?start=592&end=609&sha=5f8c2f4bd3f7#trich-dan",
            "sha256": "5f8c2f4bd3f7f1d0a0b1d6a3c1f6f6a5f0c4f7d5b8f0e2a1c9d8e7f6a5b4c3d2",
            "fetched_at": "2026-11-20T08:00:00+00:00",
        }
    ],
    "related": [],
    "writer": "extractive",
    "notes": [],
    "rows": [],
    "turn": None,
    "interpretation": {
        **_UNDERSTOOD,
        "typed": "Mô hình “Mắt thần” an ninh lắp bao nhiêu camera?",
        "normalized": "Mô hình “Mắt thần” an ninh lắp bao nhiêu camera?",
        "fields": [{"value": "quoc-phong-an-ninh", "name": "Quốc phòng - an ninh"}],
        "question_type": "figure",
    },
    "timings_ms": {"search": 12.4, "answer": 3.0, "total": 15.4},
}

_ANSWER_EVENTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("search", {"interpretation": ANSWER_RESPONSE["interpretation"], "found": 1}),
    ("citation", ANSWER_RESPONSE["citations"][0]),
    ("delta", {"text": ANSWER_RESPONSE["answer"], "claim": ANSWER_RESPONSE["claims"][0]}),
    ("done", ANSWER_RESPONSE),
)
ANSWER_STREAM = "".join(
    f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\nid: {number}\n\n"
    for number, (name, data) in enumerate(_ANSWER_EVENTS, 1)
)
