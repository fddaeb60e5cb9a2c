"""How the database came to be what it is, step by step. A step adds; none drops what people have stored."""
