"""The error tree: stable codes, and a docstring that shows the whole tree."""

import inspect
import re

import kb.errors
from kb.errors import KbError


def all_errors() -> list[type[KbError]]:
    return [
        member
        for _, member in inspect.getmembers(kb.errors, inspect.isclass)
        if issubclass(member, KbError)
    ]


def test_each_error_has_a_code_of_its_own() -> None:
    codes = [error.code for error in all_errors()]
    assert len(codes) == len(set(codes))
    assert all(re.fullmatch(r"[a-z]+(?:_[a-z]+)*", code) for code in codes)
    assert all("code" in vars(error) for error in all_errors())


def test_the_tree_in_the_docstring_is_the_tree_in_the_code() -> None:
    lines = re.findall(r"^([│ ]*)(?:[├└]── )?(\w+)(?: +\((retryable)\))?$", kb.errors.__doc__, re.M)
    drawn = {name: bool(retryable) for _, name, retryable in lines}
    assert drawn == {error.__name__: error.retryable for error in all_errors()}


def test_only_errors_that_time_may_heal_are_retryable() -> None:
    assert {error.code for error in all_errors() if error.retryable} == {
        "source_unavailable",
        "store_unavailable",
        "store_locked",
        "model_unavailable",
    }
