"""
What is done to a network beside its running: copies of it, going back to them, trying that out.
"""
