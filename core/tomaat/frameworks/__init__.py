"""Networks as the inference step of a :class:`tomaat.server.TomaatApp`."""
