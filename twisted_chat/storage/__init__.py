"""
What lasts: the log, accounts, rooms, memberships and read marks.

Where what stands:

  - the tables: C{schema} and C{migrations}; C{rows} reads and writes those that are small, and
    C{codec} makes rows of events and events of rows;
  - the batch commit, in the writing thread: C{append}, with C{heads}, C{pending}, C{effects},
    C{targets}, C{topics}, C{versions}, C{joining};
  - reading the log: C{reading}, C{stretches} (that are left out), C{places}, C{authors}, C{words}
    (for searching), C{onestep};
  - what is kept beside it: C{rooms}, C{formernames}, C{accounts}, C{people}, C{marks},
    C{network}, C{acts}, C{quotes}, C{remarks};
  - the store itself, on SQLite: C{sqlite}, from C{sqlite_work} (a job for each method, done in
    C{threads}, with C{doubts} where its outcome is unknown), C{sqlite_rooms} and
    C{sqlite_keeping}; its connections: C{sqlite_open}, C{sqlite_link}, C{sqlite_batch}; and what is
    SQLite's own: C{sqlite_index}, C{sqlite_search}, C{sqlite_upkeep} (between
    the commits, and beside them), C{sqlite_sweep} (which C{unswept} asks for), C{sqlite_expiry},
    C{sqlite_copy}; C{present} says whether a file of it is there;
  - the log as a file: C{loglines}, C{transfer};
  - at the start: C{lock}, C{refusals}.
"""
