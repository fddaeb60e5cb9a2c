"""Image files: recognised by content, checked before they are believed, read and written."""
