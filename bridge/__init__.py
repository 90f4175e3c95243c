"""Avatar Bridge: from a camera to a character, over the VMC protocol."""

__version__ = "0.1.0"
