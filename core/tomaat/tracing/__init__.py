"""OpenTelemetry traces, where that is installed and told where to send them."""
