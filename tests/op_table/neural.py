"""Rows of the neural family."""

from __future__ import annotations

from tests.op_table import Row

ROWS: list[Row] = []
