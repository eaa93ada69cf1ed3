"""
What a chat network is. Knows no socket, no SQL, no Redis and no wire.

Where what stands:

  - what happens: C{event}, the kinds in C{logged} and C{passing}, all of them in C{events}; what
    events are made of in C{values}, C{ids}, C{roles};
  - what is refused: C{errors}, C{accounterrors};
  - the plug points: C{interfaces}, of which C{logkeeping}, C{keeping} and C{networkkeeping} are
    parts; what stores and networks give in C{records}, what nodes tell each other in
    C{announcements};
  - one node: C{hub}; on the way out C{groupcommit} with its C{pace}, on the way in
    C{conversation}, C{roster} (with C{attendance}, C{directs}, C{standing}), C{fanout},
    C{portioning}, C{audience}, C{toldonce}, C{delivery}, C{hold};
    what people are called on the way: C{newnames};
  - what a node knows: C{room}, C{person}, and how it comes to know it: C{copies}, C{repair},
    C{rollcall};
  - who may do what in a room: C{rights}; its rules: C{settings}, C{masks}, C{masklist};
  - coming in: C{accounts}, C{newaccounts}, C{proofs}, C{passwords}, C{scramkeys}, C{doorman} (with
    C{bans}, C{servermasks} and C{terms});
  - what somebody can do who has come in: C{session}, which lists its classes: C{avatar},
    C{sparing}, C{preferences}, C{correspondence}, C{talk}, C{roomviews}, C{membership},
    C{roomlists}, C{moderation}, C{rules}, C{reading}, C{references}, C{playback}, C{profile},
    C{relaying}, C{watching}, C{assuming}, C{summoned}, C{operating}, C{parting}, C{noting};
  - what is done without a session: C{registry}, C{invitations}, C{codes} (accounts), C{steward}
    (rooms), C{acts} (deleting and undoing), C{leaving} (export and erasure), on behalf of an
    C{official}; C{deeds} has it in words, C{operatorsroom} is where operators read of it;
  - what all nodes do for their part: C{orders}; and what nobody waits for: C{unawaited};
  - from time to time: C{housekeeping}; at each start: C{cloaks};
  - how much: C{limits}, C{rates}, C{turnstile}, C{counts}; who is there, and who wants to know:
    C{lookout};
  - names and texts: C{names}, C{roomsigns}, C{wording}, C{lookalikes}, C{emojis}, C{quantities};
    units of constants: C{units};
  - for speed: C{coroutines}, C{sparse}.
"""
