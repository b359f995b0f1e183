"""The database's versions, oldest first. The last is what this version of the program reads and writes."""

VERSIONS = ("0001", "0002", "0003", "0004", "0006", "0007", "0008")
HEAD = VERSIONS[-1]
