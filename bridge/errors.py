"""One tree of errors.

BridgeError                 anything the user can mend; the CLI prints it as one line
├── SourceError             a camera, file or stream cannot be opened, read or sought
│   ├── SourceLostError     it worked and then stopped (unplugged camera); a retry may help
│   └── FormatError         a file is not what its name says, is cut, or is of another version
├── TrackingError           a landmark model is missing, broken or refuses its input
├── ModelError              a weight or model file is missing or has the wrong hash
├── AvatarError             an avatar file cannot be used
├── SinkError               an address or port cannot be used
├── ConfigError             a setting is unknown or has a wrong value (lists all faults)
└── RejectedValueError           an array with a wrong shape, or one that is not finite, at an edge

Every message says what, where, what is allowed, and the fix:
``webcam 3 not found; found 0, 1. Try: avatar-bridge devices``.
"""

from __future__ import annotations


class BridgeError(Exception):
    """Base of all errors that a user can mend. ``str(error)`` is one clear line."""


class SourceError(BridgeError):
    """A source of pictures, landmarks or motion cannot be opened, read or sought."""


class SourceLostError(SourceError):
    """A live source worked and then stopped; opening it again may help."""


class FormatError(SourceError):
    """A file is not what its name says, is cut short, or is of another version."""


class TrackingError(BridgeError):
    """A landmark model cannot run."""


class ModelError(BridgeError):
    """A model file is missing, unreadable or has the wrong hash."""


class AvatarError(BridgeError):
    """An avatar file cannot be used."""


class SinkError(BridgeError):
    """An address, port or receiver cannot be used."""


class ConfigError(BridgeError):
    """One or more settings are unknown or wrong; the message lists them all."""


class RejectedValueError(BridgeError, ValueError):
    """A value from outside has the wrong shape, type or is not finite."""
