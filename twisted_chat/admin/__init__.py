"""
What operators do from the machine itself: C{twisted-chat admin}, and the server's side of it.
"""
