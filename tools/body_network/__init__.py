"""Training of the body network: data, models, losses, export."""
