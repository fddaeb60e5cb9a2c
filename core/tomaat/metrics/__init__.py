"""What a host counts, for Prometheus."""
