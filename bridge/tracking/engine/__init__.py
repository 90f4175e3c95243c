"""The fast tracker: MediaPipe's landmark models on OpenVINO, one concept a file."""
