"""
What operators do from the machine itself: C{twisted-chat admin}, and the server's side of it.

C{order} says what an order is, and C{table} has them all. What they do stands in C{accounts},
C{entry}, C{rooms}, C{sessions}, C{network} and C{doctor}, on a C{desk}; how it is shown in
C{showing} and C{findings}. The program (C{commandline}) asks the server (C{client}, C{socketpath},
C{messages}), whose side is C{door} and C{answering}; where none runs, it works on the data
C{alone}. Until it does, the program imports nothing of the server: it would wait for that.
"""
