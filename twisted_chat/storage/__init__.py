"""What lasts: the log, accounts, rooms, memberships and read marks."""
