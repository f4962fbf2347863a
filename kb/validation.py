"""What pydantic found wrong with a value, said in Vietnamese to the person who wrote it."""

from collections.abc import Mapping
from typing import Any


def reason(error: Mapping[str, Any]) -> str:
    """Return what a value must be; the caller names the value.

    Args:
        error: One item of `ValidationError.errors()`.
    """
    limits = error.get("ctx", {})
    is_text = isinstance(error.get("input"), str)
    match error["type"]:
        case "string_type":
            return "phải là chữ"
        case "string_too_short" | "too_short" if is_text:
            return "không được để trống"
        case "string_too_long" | "too_long" if is_text:
            return f"dài quá {limits['max_length']} ký tự"
        case "too_short":
            return f"cần ít nhất {limits['min_length']} mục"
        case "too_long":
            return f"có quá {limits['max_length']} mục"
        case "string_pattern_mismatch":
            return f"không đúng dạng ({error.get('input')!r}); mẫu là {limits['pattern']}"
        case "list_type" | "tuple_type":
            return "phải là một danh sách"
        case "dict_type" | "model_type" | "model_attributes_type":
            return "phải gồm các cặp khóa và giá trị"
        case "greater_than":
            return f"phải lớn hơn {limits['gt']}"
        case "greater_than_equal":
            return f"phải từ {limits['ge']} trở lên"
        case "less_than_equal":
            return f"không được quá {limits['le']}"
        case "int_type" | "int_parsing" | "int_from_float":
            return "phải là số nguyên"
        case "float_type" | "float_parsing" | "finite_number":
            return "phải là một số"
        case "bool_type" | "bool_parsing":
            return "phải là true hoặc false"
        case "literal_error":
            return f"phải là một trong: {str(limits['expected']).replace(' or ', ', ')}"
        case _:
            return str(error["msg"])
