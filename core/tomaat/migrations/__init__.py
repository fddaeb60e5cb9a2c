"""How the host's database came to be what it is, step by step. A step adds; none drops what people have stored.

A new step: copy the newest file of ``versions`` under the next number, and say in it what a table or column of
:class:`tomaat.database.Base` has become. A test compares both.
"""
