"""Tests of the index family."""
