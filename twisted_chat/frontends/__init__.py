"""The wires: each turns bytes into calls on a session, and deliveries into bytes."""
