"""Write ``config/default.toml`` and ``config/schema.json`` from the settings models.

python -m tools.generate_config
"""

from __future__ import annotations

from pathlib import Path

from bridge.config import Config
from bridge.config_text import schema_text, to_toml

CONFIG = Path(__file__).resolve().parent.parent / "config"


def main() -> None:
    (CONFIG / "default.toml").write_text(to_toml(Config()), encoding="utf-8")
    (CONFIG / "schema.json").write_text(schema_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
