# coding: utf-8
"""The flags of connections. Of these, the module has FOUND_ROWS; the others have no effect."""

LONG_PASSWORD, FOUND_ROWS, LONG_FLAG, CONNECT_WITH_DB, NO_SCHEMA, COMPRESS, ODBC, LOCAL_FILES = [
    1 << _bit for _bit in range(8)
]
IGNORE_SPACE, CHANGE_USER, INTERACTIVE, SSL, IGNORE_SIGPIPE, TRANSACTIONS, RESERVED, SECURE_CONNECTION = [
    1 << _bit for _bit in range(8, 16)
]
MULTI_STATEMENTS, MULTI_RESULTS = 1 << 16, 1 << 17
