"""Readers of motion-capture files and their retargeting to the SMPL-X skeleton."""
