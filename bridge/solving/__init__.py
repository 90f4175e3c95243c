"""From landmarks to SMPL-X parameters."""
