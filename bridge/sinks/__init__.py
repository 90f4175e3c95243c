"""Where poses go: VMC receivers, recordings, the page."""
