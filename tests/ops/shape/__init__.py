"""Tests of the shape family."""
