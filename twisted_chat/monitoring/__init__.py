"""
Who watches over a server, and what they are told.

C{supervision} tells all of them: who asks for C{metrics} or for its C{health}, and the service
manager (C{notify}). C{healthcheck} is a program that asks.
"""
