"""What a chat network is. Knows no socket, no SQL, no Redis and no wire."""
