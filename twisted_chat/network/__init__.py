"""What is live on all nodes: announcements, names in use, who is where."""
