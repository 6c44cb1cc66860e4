"""Cleanbill: the billing specialist's workbench. Every bill right the first time.

The house has floors (see ``docs/architecture.md``): ``nouns`` and ``engine`` at the bottom,
``formats`` and ``ledger`` above them, the pure revenue ``cycle``, then ``store``, ``actions``
and at the top the ``shells`` that people and programs use. A floor imports only lower floors.
"""

__version__ = "0.1.0"
