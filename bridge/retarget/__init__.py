"""From SMPL-X parameters to one avatar's humanoid bones and expressions."""
