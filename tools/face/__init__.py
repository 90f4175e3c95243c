"""Making, training and measuring the face network."""
