"""The API of pfms, FNNDSC's server for this network: clients that were written for it work unchanged."""
