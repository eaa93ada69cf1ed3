"""
Rules that every implementation of an interface keeps, as classes to inherit from.
"""
