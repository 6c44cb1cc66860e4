"""Schema migrations; the first one holds identity and every law that a database can keep."""
