"""The database engine and its migrations; nothing about the domain."""
