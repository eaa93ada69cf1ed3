"""
What is done to a network beside its running: copies of it, going back to them, trying that out.

C{commandline} has the subcommands, C{place} finds the data that they are about; C{backup} makes an
C{archive} and goes back to one, and C{drill} tries that out.
"""
