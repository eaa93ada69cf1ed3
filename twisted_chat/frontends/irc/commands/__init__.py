"""
What IRC clients may ask, by noun.
"""
