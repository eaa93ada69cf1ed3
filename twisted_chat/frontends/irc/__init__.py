"""The IRC wire: lines to calls on a session, and deliveries to lines."""
