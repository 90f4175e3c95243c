"""From a picture to landmarks of body, hands and face."""
