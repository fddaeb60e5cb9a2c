"""Requests as a server sees them come and go: their ids, the access log, and who else is told of each."""
