"""How sure it is that words name a case: a sum of weights of what speaks for and against.

The weights are log odds, set by hand on the articles in `eval/extraction/dev` so that one strong
sign is enough where nothing speaks against it, and two weak ones are. `confidence` is the logistic
function of the sum. The floor favours precision: what a reader would call doubtful stays out.
"""

import math
from collections.abc import Mapping
from typing import Final

FLOOR: Final = 0.6
FLOOR_ODDS: Final = math.log(FLOOR / (1 - FLOOR)) - 1e-9

WEIGHTS: Final[Mapping[str, float]] = {
    "bias": -2.0,
    # for
    "direct": 4.0,  # mô hình “X”
    "introduced": 3.2,  # các mô hình …: “X”
    "listed": 3.4,  # “A”, “X” with “A” a case
    "predicated": 3.2,  # “X” là mô hình …
    "exemplified": 1.4,  # Tiêu biểu là “X”
    "contained": 1.6,  # câu lạc bộ “X”
    "named": 2.8,  # mang tên “X”
    "adopted_here": 2.8,  # ra mắt “X”, duy trì “X”
    "done_here": 1.2,  # thực hiện “X”, có “X”
    "enumerated": 2.4,  # (1) “A”; (2) “X”
    "joined": 2.8,  # in a sentence with a case before it, behind a comma or "và"
    "opening": 0.6,  # the sentence begins with it
    "owned": 1.0,  # a place, an owner or a bracket right behind it
    "counted": 0.4,  # a figure behind it in the sentence
    "case_before": 0.8,  # the paragraph has a case before it
    "model_like": 1.2,  # Tổ …, Quỹ …, Trồng …
    "quoted_again": 1.2,
    "model_near": 1.0,  # the sentence or the one before speaks of models
    "referred": 1.2,  # what follows says "mô hình này"
    "adopted": 0.4,  # thành lập, ra mắt … before it
    "in_title": 1.0,
    "heading": 1.0,
    "repeated": 0.6,
    "unquoted_capital": 2.8,  # mô hình Tổ tự quản
    "unquoted_lower": 1.6,  # mô hình nuôi tôm hai giai đoạn
    "unquoted_other": 1.2,  # mô hình mỗi nhà một vườn rau
    "unquoted_item": 3.0,  # các mô hình như: Tổ tự quản, Hũ gạo
    "bounded": 0.9,  # a place, an owner or a verb right behind it ends the name
    "long_name": 0.5,  # unquoted, four words or more
    # against
    "bare": -1.6,  # nothing before it says what it is
    "lower_first": -2.5,
    "lower_direct": -1.5,  # mô hình “đổi rác lấy quà”
    "catchword": -3.0,  # cách làm “từ dân mà ra”, mô hình “kêu”
    "event": -6.0,  # “Ngày hội …”, “Tháng hành động …”
    "plural": -2.5,
    "count_slogan": -1.0,
    "one_word": -1.5,
    "long": -2.5,
    "sentence": -3.0,
    "refused": -7.0,
    "speech": -7.0,
    "planned": -9.0,  # sẽ xây dựng mô hình “X”
    "other_sense": -3.0,  # a scale model, a model of growth
    "movement": -2.2,  # phong trào “X”
}


def log_odds(signs: Mapping[str, bool]) -> float:
    """Return the sum of the weights of the signs that are there, with the bias."""
    return WEIGHTS["bias"] + sum(WEIGHTS[name] for name, present in signs.items() if present)


def confidence(odds: float) -> float:
    """Return the probability of log odds, rounded to two digits, in (0, 1].

    Example:
        >>> confidence(0.0), confidence(2.0)
        (0.5, 0.88)
    """
    bounded = max(-30.0, min(30.0, odds))
    return max(0.01, round(1 / (1 + math.exp(-bounded)), 2))
