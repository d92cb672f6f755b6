"""The one error of bad input."""

from __future__ import annotations


class InputError(ValueError):
    """Input that cannot be used; the message is one line: what is wrong and what to do."""
