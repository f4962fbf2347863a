"""What pydantic found wrong, in Vietnamese."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError

from kb.validation import reason


class Everything(BaseModel):
    text: Annotated[str, Field(min_length=1, max_length=3)] = "a"
    items: Annotated[list[int], Field(min_length=1, max_length=2)] = [1]
    whole: Annotated[int, Field(ge=1, le=9)] = 1
    number: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    flag: bool = True
    choice: Literal["a", "b", "c"] = "a"
    pattern: Annotated[str, Field(pattern="^x$")] = "x"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"text": ""}, "không được để trống"),
        ({"text": "abcd"}, "dài quá 3 ký tự"),
        ({"text": 5}, "phải là chữ"),
        ({"items": []}, "cần ít nhất 1 mục"),
        ({"items": [1, 2, 3]}, "có quá 2 mục"),
        ({"items": "x"}, "phải là một danh sách"),
        ({"whole": 0}, "phải từ 1 trở lên"),
        ({"whole": 10}, "không được quá 9"),
        ({"whole": "x"}, "phải là số nguyên"),
        ({"whole": 1.5}, "phải là số nguyên"),
        ({"number": 0}, "phải lớn hơn 0.0"),
        ({"number": "nhiều"}, "phải là một số"),
        ({"number": float("nan")}, "phải là một số"),
        ({"flag": "có"}, "phải là true hoặc false"),
        ({"choice": "z"}, "phải là một trong: 'a', 'b', 'c'"),
        ({"pattern": "y"}, "không đúng dạng ('y'); mẫu là ^x$"),
    ],
)
def test_reason_is_vietnamese_and_names_the_limit(data: dict[str, Any], expected: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Everything.model_validate(data)
    assert [reason(error) for error in caught.value.errors()] == [expected]
