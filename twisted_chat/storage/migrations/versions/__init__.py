"""
One file for each change of the tables. What has been released is not changed any more.
"""
