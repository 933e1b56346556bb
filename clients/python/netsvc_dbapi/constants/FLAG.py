# coding: utf-8
"""The flags of columns."""

NOT_NULL, PRI_KEY, UNIQUE_KEY, MULTIPLE_KEY, BLOB, UNSIGNED, ZEROFILL, BINARY, ENUM, AUTO_INCREMENT, TIMESTAMP, SET = [
    1 << _bit for _bit in range(12)
]
PART_KEY, NUM, UNIQUE = 1 << 14, 1 << 15, 1 << 16
GROUP = NUM
