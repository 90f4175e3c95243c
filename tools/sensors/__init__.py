"""What body sensors would give for a posed skeleton: landmarks and their noise."""
