"""`torch.testing.FileCheck`: parts of a text in their order."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pullback.testing import FileCheck

TEXT = "foo bar\nbaz foo\nqux 12\nend foo\n"
GOOD: list[Callable[[], FileCheck]] = [
    lambda: FileCheck().check("foo").check("baz").check("foo"),
    lambda: FileCheck().check_count("foo", 3, exactly=True),
    lambda: FileCheck().check("baz").check_same("foo").check_next("qux"),
    lambda: FileCheck().check_dag("end").check_dag("baz"),
    lambda: FileCheck().check_regex(r"qux \d+").check_not("zzz"),
    lambda: FileCheck().check("foo").check_not("qux").check("baz"),
]
BAD: list[tuple[Callable[[], FileCheck], str]] = [
    (lambda: FileCheck(), "No checks have been added"),
    (lambda: FileCheck().check("baz").check("bar"), 'Expected to find "bar" but did not find it'),
    (lambda: FileCheck().check_count("foo", 2, exactly=True), 'Expected to not find "foo" but found it'),
    (lambda: FileCheck().check("bar").check_same("foo"), "Expected to not find"),
    (lambda: FileCheck().check("bar").check_next("qux"), "Expected to not find"),
    (lambda: FileCheck().check_dag("end").check_dag("zzz"), "From CHECK-DAG: zzz"),
    (lambda: FileCheck().check_regex("qux [a-z]+"), "Expected to find regex"),
    (lambda: FileCheck().check("foo").check_not("baz").check("qux"), 'Expected to not find "baz"'),
]


@pytest.mark.parametrize("make", GOOD)
def test_what_is_there(make: Callable[[], FileCheck]) -> None:
    make().run(TEXT)


@pytest.mark.parametrize(("make", "message"), BAD)
def test_what_is_not(make: Callable[[], FileCheck], message: str) -> None:
    with pytest.raises(RuntimeError, match=message):
        make().run(TEXT)
