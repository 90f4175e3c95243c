"""The base of every settings model.

Each stage declares its own settings beside its code (``bridge/<stage>/settings.py``);
``bridge/config.py`` puts them together. A field's description is its help text, in the JSON
schema, in ``config/default.toml`` and on the page.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """Immutable, strict about unknown keys, never NaN."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )
