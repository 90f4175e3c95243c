"""Write the generated files of ``config/`` from the settings models.

python -m tools.generate_config
"""

from __future__ import annotations

from pathlib import Path

from bridge.config import Config
from bridge.config_text import schema_text, to_toml
from bridge.retarget.settings import RetargetSettings

CONFIG = Path(__file__).resolve().parent.parent / "config"
PROFILE_HEAD = """\
# Every key of a profile with its default. Copy what you want to change into a file of your own,
# which may begin with the name of another profile to build on:
#     extends = "streamer"

"""


def main() -> None:
    (CONFIG / "default.toml").write_text(to_toml(Config()), encoding="utf-8")
    profile = PROFILE_HEAD + to_toml(RetargetSettings())
    (CONFIG / "profiles" / "default.toml").write_text(profile, encoding="utf-8")
    (CONFIG / "schema.json").write_text(schema_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
