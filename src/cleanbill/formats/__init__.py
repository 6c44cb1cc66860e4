"""Bytes and nouns: one folder or file per format that people, payers and machines read.

Each knows how the bytes of its standard look and nothing of where they go: ``bill_json`` is the
record itself, ``pdf`` what the customer sees, ``terminal`` the same in a terminal, ``tabular`` the
files that charges and master data arrive in.
"""
