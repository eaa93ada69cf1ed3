"""
What IRC clients may ask, by noun.

C{command} says what a command is, and C{table} has them all. The nouns, with the commands in them
where their names do not say it:

  - coming in: C{registering} (NICK, USER, CAP, QUIT ...), C{sasl}, C{account} (REGISTER),
    C{gateways} (WEBIRC, RELAYMSG);
  - talk: C{talk} (PRIVMSG, NOTICE, TAGMSG), C{multiline} (BATCH), C{redaction};
  - what was said: C{history}, C{playback} (ZNC), C{search}, C{marks} (MARKREAD);
  - channels: C{channels} (JOIN, PART, TOPIC, RENAME), C{members} (NAMES, KICK, INVITE), C{modes},
    C{lists} (LIST);
  - people: C{who}, C{whois}, C{monitor}, C{metadata}, C{accept}; oneself: C{presence} (AWAY,
    SETNAME ...), C{usermodes} (MODE for one's own nick);
  - the network: C{server} (MOTD, LUSERS ...), C{operators} (OPER, KILL ...), C{help};
  - C{services}: C{nickserv}, C{chanserv} with C{chanmessages}, C{operserv}.
"""
