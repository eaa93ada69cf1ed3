BEGIN;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE conversations (
	number INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	name TEXT DEFAULT '' NOT NULL, 
	fold TEXT, 
	head BIGINT DEFAULT '0' NOT NULL, 
	rights_seq BIGINT DEFAULT '0' NOT NULL, 
	last_at DOUBLE DEFAULT '0' NOT NULL, 
	created_at DOUBLE DEFAULT '0' NOT NULL, 
	entered_at DOUBLE DEFAULT '0' NOT NULL, 
	topic TEXT DEFAULT '' NOT NULL, 
	topic_by TEXT DEFAULT '' NOT NULL, 
	topic_at DOUBLE DEFAULT '0' NOT NULL, 
	archived BOOLEAN DEFAULT 0 NOT NULL, 
	holed BOOLEAN DEFAULT 0 NOT NULL, 
	PRIMARY KEY (number), 
	UNIQUE (id), 
	UNIQUE (fold)
);
CREATE TABLE settings (
	conversation INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (conversation, name), 
	FOREIGN KEY(conversation) REFERENCES conversations (number) ON DELETE CASCADE
);
CREATE TABLE roles (
	conversation INTEGER NOT NULL, 
	person TEXT NOT NULL, 
	name TEXT DEFAULT '' NOT NULL, 
	role SMALLINT NOT NULL, 
	PRIMARY KEY (conversation, person), 
	FOREIGN KEY(conversation) REFERENCES conversations (number) ON DELETE CASCADE
);
CREATE TABLE masks (
	conversation INTEGER NOT NULL, 
	list TEXT NOT NULL, 
	mask TEXT NOT NULL, 
	setter TEXT DEFAULT '' NOT NULL, 
	at DOUBLE DEFAULT '0' NOT NULL, 
	until DOUBLE DEFAULT '0' NOT NULL, 
	reason TEXT DEFAULT '' NOT NULL, 
	PRIMARY KEY (conversation, list, mask), 
	FOREIGN KEY(conversation) REFERENCES conversations (number) ON DELETE CASCADE
);
CREATE TABLE memberships (
	conversation INTEGER NOT NULL, 
	person TEXT NOT NULL, 
	name TEXT DEFAULT '' NOT NULL, 
	joined_seq BIGINT DEFAULT '0' NOT NULL, 
	PRIMARY KEY (conversation, person), 
	FOREIGN KEY(conversation) REFERENCES conversations (number) ON DELETE CASCADE
);
CREATE TABLE read_marks (
	person TEXT NOT NULL, 
	conversation INTEGER NOT NULL, 
	seq BIGINT NOT NULL, at DOUBLE DEFAULT '0' NOT NULL, 
	PRIMARY KEY (person, conversation), 
	FOREIGN KEY(conversation) REFERENCES conversations (number) ON DELETE CASCADE
);
CREATE TABLE log (
	"row" INTEGER NOT NULL, 
	conversation INTEGER NOT NULL, 
	seq BIGINT NOT NULL, 
	id TEXT NOT NULL, 
	at DOUBLE NOT NULL, 
	kind TEXT NOT NULL, 
	author TEXT NOT NULL, 
	author_name TEXT NOT NULL, 
	author_account BOOLEAN NOT NULL, 
	text TEXT, 
	target BIGINT, 
	data TEXT, 
	present TEXT, 
	edited_seq BIGINT, 
	deleted BOOLEAN DEFAULT 0 NOT NULL, 
	PRIMARY KEY ("row"), 
	FOREIGN KEY(conversation) REFERENCES conversations (number) ON DELETE CASCADE, 
	UNIQUE (id)
);
CREATE TABLE accounts (
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	fold TEXT NOT NULL, 
	skeleton TEXT NOT NULL, 
	password TEXT NOT NULL, 
	created_at DOUBLE DEFAULT '0' NOT NULL, 
	seen_at DOUBLE DEFAULT '0' NOT NULL, 
	preferences TEXT DEFAULT '{}' NOT NULL, operator BOOLEAN DEFAULT 0 NOT NULL, suspended TEXT DEFAULT '' NOT NULL, scram TEXT DEFAULT '' NOT NULL, reset TEXT DEFAULT '' NOT NULL, reset_until DOUBLE DEFAULT '0' NOT NULL, erased_at DOUBLE DEFAULT '0' NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (fold), 
	UNIQUE (skeleton)
);
CREATE TABLE facts (
	name TEXT NOT NULL, 
	value INTEGER NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE network (
	name TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE server_bans (
	mask TEXT NOT NULL, 
	setter TEXT DEFAULT '' NOT NULL, 
	at DOUBLE DEFAULT '0' NOT NULL, 
	until DOUBLE DEFAULT '0' NOT NULL, 
	reason TEXT DEFAULT '' NOT NULL, 
	PRIMARY KEY (mask)
);
CREATE TABLE invitations (
	code TEXT NOT NULL, 
	rooms TEXT DEFAULT '[]' NOT NULL, 
	uses INTEGER DEFAULT '1' NOT NULL, 
	until DOUBLE DEFAULT '0' NOT NULL, 
	setter TEXT DEFAULT '' NOT NULL, 
	at DOUBLE DEFAULT '0' NOT NULL, 
	PRIMARY KEY (code)
);
CREATE TABLE acts (
	id TEXT NOT NULL, 
	at DOUBLE DEFAULT '0' NOT NULL, 
	"by" TEXT DEFAULT '' NOT NULL, 
	kind TEXT DEFAULT '' NOT NULL, 
	about TEXT DEFAULT '' NOT NULL, 
	data TEXT DEFAULT '{}' NOT NULL, 
	undone BOOLEAN DEFAULT 0 NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE hidden (
	conversation INTEGER NOT NULL, 
	seq BIGINT NOT NULL, 
	act TEXT NOT NULL, 
	text TEXT DEFAULT '' NOT NULL, 
	PRIMARY KEY (conversation, seq), 
	FOREIGN KEY(conversation) REFERENCES conversations (number) ON DELETE CASCADE
);
CREATE TABLE fingerprints (
	fingerprint TEXT NOT NULL, 
	account TEXT NOT NULL, 
	PRIMARY KEY (fingerprint)
);
CREATE TABLE metadata (
	target TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (target, "key")
);
CREATE TABLE device_marks (
	person TEXT NOT NULL, 
	device TEXT NOT NULL, 
	conversation INTEGER NOT NULL, 
	seq BIGINT NOT NULL, 
	at DOUBLE DEFAULT '0' NOT NULL, 
	PRIMARY KEY (person, device, conversation), 
	FOREIGN KEY(conversation) REFERENCES conversations (number) ON DELETE CASCADE
);
CREATE VIRTUAL TABLE words USING fts5 (text, place, columnsize = 0, tokenize = "unicode61 remove_diacritics 2 categories 'L* M* N* Co'");
CREATE INDEX memberships_person ON memberships (person);
CREATE INDEX read_marks_conversation ON read_marks (conversation);
CREATE UNIQUE INDEX log_place ON log (conversation, seq);
CREATE INDEX hidden_act ON hidden (act);
CREATE INDEX fingerprints_account ON fingerprints (account);
CREATE INDEX device_marks_conversation ON device_marks (conversation);
CREATE INDEX log_author ON log ((row / 128), author);
CREATE INDEX log_target ON log (conversation, target, author) WHERE target IS NOT NULL;
CREATE INDEX log_aside ON log (conversation, seq) WHERE (kind <> 'said' AND kind <> 'topic' AND kind <> 'kicked' AND kind <> 'roomRenamed' OR deleted);
INSERT INTO alembic_version (version_num) VALUES ('0005');
INSERT INTO conversations (number, id, kind, name, fold, head, rights_seq, last_at, created_at, entered_at, topic, topic_by, topic_at, archived, holed) VALUES (1, '68e778064000c02908836d85', 'room', 'lobby', 'lobby', 15, 0, 1760000038.75, 1760000005.0, 1760000005.0, 'Breakfast, every day', 'Béa', 1760000038.75, 0, 0);
INSERT INTO conversations (number, id, kind, name, fold, head, rights_seq, last_at, created_at, entered_at, topic, topic_by, topic_at, archived, holed) VALUES (2, '68e77808c000c92d3069bde7', 'room', 'tea', 'tea', 12, 9, 1760000053.75, 1760000007.5, 1760000007.5, 'Green, black, white', 'Ann', 1760000040.0, 0, 1);
INSERT INTO conversations (number, id, kind, name, fold, head, rights_seq, last_at, created_at, entered_at, topic, topic_by, topic_at, archived, holed) VALUES (3, '68e7780b400055d96b813348', 'room', 'Loft', 'loft', 3, 3, 1760000057.5, 1760000010.0, 1760000010.0, '', '', 0.0, 1, 0);
INSERT INTO conversations (number, id, kind, name, fold, head, rights_seq, last_at, created_at, entered_at, topic, topic_by, topic_at, archived, holed) VALUES (5, '=68e5cd0100000000000000a1=68e5cd0200000000000000b2', 'direct', '', NULL, 2, 0, 1760000062.5, 1760000061.25, 1760000061.25, '', '', 0.0, 0, 0);
INSERT INTO conversations (number, id, kind, name, fold, head, rights_seq, last_at, created_at, entered_at, topic, topic_by, topic_at, archived, holed) VALUES (6, '=68e5cd0100000000000000a1=68e5cd0300000000000000c3', 'direct', '', NULL, 1, 0, 1760000063.75, 1760000063.75, 1760000063.75, '', '', 0.0, 0, 0);
INSERT INTO conversations (number, id, kind, name, fold, head, rights_seq, last_at, created_at, entered_at, topic, topic_by, topic_at, archived, holed) VALUES (7, '68e5cd0a00000000000000aa', 'room', 'yard', 'yard', 7, 0, 1770000480.0, 1770000000.0, 1770000000.0, '', '', 0.0, 0, 0);
INSERT INTO settings (conversation, name, value) VALUES (2, 'hidden', 'true');
INSERT INTO settings (conversation, name, value) VALUES (2, 'limit', '12');
INSERT INTO roles (conversation, person, name, role) VALUES (2, '68e5cd0100000000000000a1', 'Ann', 5);
INSERT INTO roles (conversation, person, name, role) VALUES (3, '68e5cd0200000000000000b2', 'Béa', 5);
INSERT INTO roles (conversation, person, name, role) VALUES (2, '68e5cd0200000000000000b2', 'Béa', 3);
INSERT INTO roles (conversation, person, name, role) VALUES (2, '68e5cd0300000000000000c3', 'gus', 1);
INSERT INTO roles (conversation, person, name, role) VALUES (7, '68e5cd0100000000000000a1', 'Ann', 5);
INSERT INTO masks (conversation, list, mask, setter, at, until, reason) VALUES (2, 'ban', 'account:cal', 'Ann', 1760000100.5, 1760086500.5, 'leaves');
INSERT INTO masks (conversation, list, mask, setter, at, until, reason) VALUES (2, 'exception', 'account:Béa', 'Ann', 1760000102.0, 0.0, '');
INSERT INTO masks (conversation, list, mask, setter, at, until, reason) VALUES (2, 'invitation', 'gus', 'Béa', 1760000103.0, 0.0, '');
INSERT INTO masks (conversation, list, mask, setter, at, until, reason) VALUES (2, 'mute', '*.cloak', 'Ann', 1760000104.0, 0.0, 'slowly');
INSERT INTO memberships (conversation, person, name, joined_seq) VALUES (1, '68e5cd0100000000000000a1', 'Ann', 0);
INSERT INTO memberships (conversation, person, name, joined_seq) VALUES (1, '68e5cd0200000000000000b2', 'Béa', 0);
INSERT INTO memberships (conversation, person, name, joined_seq) VALUES (1, '68e5cd0400000000000000d4', 'cal', 0);
INSERT INTO memberships (conversation, person, name, joined_seq) VALUES (2, '68e5cd0100000000000000a1', 'Ann', 0);
INSERT INTO memberships (conversation, person, name, joined_seq) VALUES (2, '68e5cd0200000000000000b2', 'Béa', 0);
INSERT INTO memberships (conversation, person, name, joined_seq) VALUES (5, '68e5cd0100000000000000a1', 'Ann', 0);
INSERT INTO memberships (conversation, person, name, joined_seq) VALUES (5, '68e5cd0200000000000000b2', 'Béa', 0);
INSERT INTO memberships (conversation, person, name, joined_seq) VALUES (6, '68e5cd0100000000000000a1', 'Ann', 0);
INSERT INTO memberships (conversation, person, name, joined_seq) VALUES (6, '68e5cd0300000000000000c3', 'gus', 0);
INSERT INTO read_marks (person, conversation, seq, at) VALUES ('68e5cd0100000000000000a1', 1, 1, 0.0);
INSERT INTO read_marks (person, conversation, seq, at) VALUES ('68e5cd0200000000000000b2', 1, 2, 0.0);
INSERT INTO read_marks (person, conversation, seq, at) VALUES ('68e5cd0200000000000000b2', 5, 2, 0.0);
INSERT INTO read_marks (person, conversation, seq, at) VALUES ('68e5cd0400000000000000d4', 1, 5, 0.0);
INSERT INTO read_marks (person, conversation, seq, at) VALUES ('68e5cd0100000000000000a1', 2, 4, 0.0);
INSERT INTO read_marks (person, conversation, seq, at) VALUES ('68e5cd0400000000000000d4', 7, 2, 1770000480.0);
INSERT INTO log (row, conversation, seq, id, at, kind, author, author_name, author_account, text, target, data, present, edited_seq, deleted) VALUES (1, 1, 1, '68e5cd000000000000000006', 1760000021.25, 'said', '68e5cd0100000000000000a1', 'Ann', 1, 'Good morning everybody', NULL, NULL, NULL, NULL, 0);
INSERT INTO log (row, conversation, seq, id, at, kind, author, author_name, author_account, text, target, data, present, edited_seq, deleted) VALUES (2, 1, 2, '68e5cd000000000000000007', 1760000022.5, 'said', '68e5cd0200000000000000b2', 'Béa', 1, 'Bonjour à tous: le café est prêt', NULL, NULL, NULL, NULL, 0);
INSERT INTO log (row, conversation, seq, id, at, kind, author, author_name, author_account, text, target, data, present, edited_seq, deleted) VALUES (3, 1, 3, '68e5cd000000000000000008', 1760000023.75, 'said', '68e5cd0300000000000000c3', 'gus', 0, 'two lines
of a guest', NULL, NULL, NULL, NULL, 0);
INSERT INTO log (row, conversation, seq, id, at, kind, author, author_name, author_account, text, target, data, present, edited_seq, deleted) VALUES (4, 1, 4, '68e5cd000000000000000009', 1760000025.0, 'said', '68e5cd0100000000000000a1', 'Ann', 1, 'waves', NULL, '{"action":true}', NULL, NULL, 0);
INSERT INTO log (row, conversation, seq, id, at, kind, author, author_name, author_account, text, target, data, present, edited_seq, deleted) VALUES (5, 1, 5, '68e5cd00000000000000000a', 1760000026.25, 'said', '68e5cd0400000000000000d4', 'cal', 1, 'a notice', NULL, '{"notice":true}', NULL, NULL, 0);
INSERT INTO log (row, conversation, seq, id, at, kind, author, author_name, author_account, text, target, data, present, edited_seq, deleted) VALUES (6, 1, 6, '68e5cd00000000000000000b', 1760000027.5, 'said', '68e5cd0200000000000000b2', 'Béa', 1, 'That is a good idea', NULL, '{"replyTo":1,"replyId":"x"}', NULL, NULL, 0);
INSERT INTO log (row, conversation, seq, id, at, kind, author, author_name, author_account, text, target, data, present, edited_seq, deleted) VALUES (7, 1, 7, '68e5cd00000000000000000c', 1760000028.75, 'said', '68e5cd0100000000000000a1', 'Ann', 1, 'teh kettle is on', NULL, NULL, 'the kettle is on', 8, 0);
INSERT INTO log (row, conversation, seq, id, at, kind, author, author_name, author_account, text, target, data, present, edited_seq, deleted) VALUES (8, 1, 8, '68e5cd00000000000000000d', 1760000030.0, 'edited', '68e5cd0100000000000000a1', 'Ann', 1, 'the kettle is on', 7, '{"targetId":"68e5cd00000000000000000c","targetAuthor":{"id":"68e5cd0100000000000000a1","name":"Ann","account":true}}', NULL, NULL, 0);
INSERT INTO log (row, conversation, seq, id, at, kind, author, author_name, author_account, text, target, data, present, edited_seq, deleted) VALUES (9, 1, 9, '68e5cd00000000000000000e', 1760000031.25, 'said', '68e5cd0400000000000000d4', 'cal', 1, '', NULL, NULL, NULL, 10, 1);
INSERT INTO log (row, conversation, seq, id, at, kind, author, author_name, author_account, text, target, data, present, edited_seq, deleted) VALUES (10, 1, 10, '68e5cd00000000000000000f', 1760000032.5, 'edited', '68e5cd0400000000000000d4', 'cal', 1, '', 9, '{"targetId":"68e5cd00000000000000000e","targetAuthor":{"id":"68e5cd0400000000000000d4","name":"cal","account":true}}', NULL, NULL, 1);
INSERT INTO log (row, conversation, seq, id, at, kind, author, author_name, author_account, text, target, data, present, edited_seq, deleted) VALUES (11, 1, 11, '68e5cd000000000000000010', 1760000033.75, 'deleted', '68e5cd0100000000000000a1', 'Ann', 1, NULL, 9, '{"targetId":"68e5cd00000000000000000e","targetAuthor":{"id":"68e5cd0400000000000000d4","name":"cal","account":true},"reason":"not here"}', NULL, NULL, 0);
INSERT INTO log (row, conversation, seq, id, at, kind, author, author_name, author_account, text, target, data, present, edited_seq, deleted) VALUES (12, 1, 12, '68e5cd000000000000000011', 1760000035.0, 'reacted', '68e5cd0300000000000000c3', 'gus', 0, NULL, 2, '{"emoji":"👍","targetId":"68e5cd000000000000000007","targetAuthor":{"id":"68e5cd0200000000000000b2","name":"Béa","account":true}}', NULL, NULL, 0);
INSERT INTO log (row, conversation, seq, id, at, kind, author, author_name, author_account, text, target, data, present, edited_seq, deleted) VALUES (13, 1, 13, '68e5cd000000000000000012', 1760000036.25, 'reacted', '68e5cd0100000000000000a1', 'Ann', 1, NULL, 2, '{"emoji":"☕","targetId":"68e5cd000000000000000007","targetAuthor":{"id":"68e5cd0200000000000000b2","name":"Béa","account":true}}', NULL, NULL, 0);
INSERT INTO log (row, conversation, seq, id, at, kind, author, author_name, author_account, text, target, data, present, edited_seq, deleted) VALUES (14, 1, 14, '68e5cd000000000000000013', 1760000037.5, 'unreacted', '68e5cd0100000000000000a1', 'Ann', 1, NULL, 2, '{"emoji":"☕","targetId":"68e5cd000000000000000007","targetAuthor":{"id":"68e5cd0200000000000000b2","name":"Béa","account":true}}', NULL, NULL, 0);
INSERT INTO log (row, conversation, seq, id, at, kind, author, author_name, author_account, text, target, data, present, edited_seq, deleted) VALUES (15, 1, 15, '68e5cd000000000000000014', 1760000038.75, 'topic', '68e5cd0200000000000000b2', 'Béa', 1, 'Breakfast, every day', NULL, NULL, NULL, NULL, 0);
INSERT INTO log (row, conversation, seq, id, at, kind, author, author_name, author_account, text, target, data, present, edited_seq, deleted) VALUES (16, 2, 1, '68e5cd000000000000000015', 1760000040.0, 'topic', '68e5cd0100000000000000a1', 'Ann', 1, 'Green, black, white', NULL, NULL, NULL, NULL, 0);
INSERT INTO log (row, conversation, seq, id, at, kind, author, author_name, author_account, text, target, data, present, edited_seq, deleted) VALUES (17, 2, 2, '68e5cd000000000000000016', 1760000041.25, 'roles', '68e5cd0100000000000000a1', 'Ann', 1, NULL, NULL, '{"changes":[{"person":"68e5cd0200000000000000b2","name":"Béa","role":3},{"person":"68e5cd0300000000000000c3","name":"gus","role":1}]}', NULL, NULL, 0);
INSERT INTO log (row, conversation, seq, id, at, kind, author, author_name, author_account, text, target, data, present, edited_seq, deleted) VALUES (18, 2, 3, '68e5cd000000000000000017', 1760000042.5, 'settings', '68e5cd0100000000000000a1', 'Ann', 1, NULL, NULL, '{"changes":[["hidden",true],["limit",12]]}', NULL, NULL, 0);
INSERT INTO log (row, conversation, seq, id, at, kind, author, author_name, author_account, text, target, data, present, edited_seq, deleted) VALUES (19, 2, 4, '68e5cd000000000000000018', 1760000043.75, 'bans', '68e5cd0100000000000000a1', 'Ann', 1, NULL, NULL, '{"list":"ban","added":[{"mask":"account:cal","setter":"Ann","at":1760000100.5,"until":1760086500.5,"reason":"leaves"},{"mask":"troll*","setter":"Ann","at":1760000101.0,"until":0.0,"reason":""}]}', NULL, NULL, 0);
INSERT INTO log (row, conversation, seq, id, at, kind, author, author_name, author_account, text, target, data, present, edited_seq, deleted) VALUES (20, 2, 5, '68e5cd000000000000000019', 1760000045.0, 'bans', '68e5cd0100000000000000a1', 'Ann', 1, NULL, NULL, '{"list":"ban","removed":["troll*"]}', NULL, NULL, 0);
INSERT INTO log (row, conversation, seq, id, at, kind, author, author_name, author_account, text, target, data, present, edited_seq, deleted) VALUES (21, 2, 6, '68e5cd00000000000000001a', 1760000046.25, 'bans', '68e5cd0100000000000000a1', 'Ann', 1, NULL, NULL, '{"list":"exception","added":[{"mask":"account:Béa","setter":"Ann","at":1760000102.0,"until":0.0,"reason":""}]}', NULL, NULL, 0);
INSERT INTO log (row, conversation, seq, id, at, kind, author, author_name, author_account, text, target, data, present, edited_seq, deleted) VALUES (22, 2, 7, '68e5cd00000000000000001b', 1760000047.5, 'bans', '68e5cd0100000000000000a1', 'Ann', 1, NULL, NULL, '{"list":"invitation","added":[{"mask":"gus","setter":"Béa","at":1760000103.0,"until":0.0,"reason":""}]}', NULL, NULL, 0);
INSERT INTO log (row, conversation, seq, id, at, kind, author, author_name, author_account, text, target, data, present, edited_seq, deleted) VALUES (23, 2, 8, '68e5cd00000000000000001c', 1760000048.75, 'bans', '68e5cd0100000000000000a1', 'Ann', 1, NULL, NULL, '{"list":"mute","added":[{"mask":"*.cloak","setter":"Ann","at":1760000104.0,"until":0.0,"reason":"slowly"}]}', NULL, NULL, 0);
INSERT INTO log (row, conversation, seq, id, at, kind, author, author_name, author_account, text, target, data, present, edited_seq, deleted) VALUES (24, 2, 9, '68e5cd00000000000000001d', 1760000050.0, 'kicked', '68e5cd0100000000000000a1', 'Ann', 1, NULL, NULL, '{"person":"68e5cd0400000000000000d4","name":"cal","reason":"leaves"}', NULL, NULL, 0);
INSERT INTO log (row, conversation, seq, id, at, kind, author, author_name, author_account, text, target, data, present, edited_seq, deleted) VALUES (25, 2, 10, '68e5cd00000000000000001e', 1760000051.25, 'said', '68e5cd0100000000000000a1', 'Ann', 1, 'kept', NULL, NULL, NULL, NULL, 0);
INSERT INTO log (row, conversation, seq, id, at, kind, author, author_name, author_account, text, target, data, present, edited_seq, deleted) VALUES (26, 2, 12, '68e5cd000000000000000020', 1760000053.75, 'said', '68e5cd0200000000000000b2', 'Béa', 1, 'kept too', NULL, NULL, NULL, NULL, 0);
INSERT INTO log (row, conversation, seq, id, at, kind, author, author_name, author_account, text, target, data, present, edited_seq, deleted) VALUES (27, 3, 1, '68e5cd000000000000000021', 1760000055.0, 'roomRenamed', '68e5cd0200000000000000b2', 'Béa', 1, NULL, NULL, '{"old":"attic","new":"Loft"}', NULL, NULL, 0);
INSERT INTO log (row, conversation, seq, id, at, kind, author, author_name, author_account, text, target, data, present, edited_seq, deleted) VALUES (28, 3, 2, '68e5cd000000000000000022', 1760000056.25, 'said', '68e5cd0200000000000000b2', 'Béa', 1, 'the last word in the loft', NULL, NULL, NULL, NULL, 0);
INSERT INTO log (row, conversation, seq, id, at, kind, author, author_name, author_account, text, target, data, present, edited_seq, deleted) VALUES (29, 3, 3, '68e5cd000000000000000023', 1760000057.5, 'archived', '68e5cd0200000000000000b2', 'Béa', 1, NULL, NULL, NULL, NULL, NULL, 0);
INSERT INTO log (row, conversation, seq, id, at, kind, author, author_name, author_account, text, target, data, present, edited_seq, deleted) VALUES (31, 5, 1, '68e5cd000000000000000026', 1760000061.25, 'said', '68e5cd0100000000000000a1', 'Ann', 1, 'just between us: the cake is hidden', NULL, '{"peer":{"id":"68e5cd0200000000000000b2","name":"Béa","account":true}}', NULL, NULL, 0);
INSERT INTO log (row, conversation, seq, id, at, kind, author, author_name, author_account, text, target, data, present, edited_seq, deleted) VALUES (32, 5, 2, '68e5cd000000000000000027', 1760000062.5, 'said', '68e5cd0200000000000000b2', 'Béa', 1, 'where?', NULL, '{"peer":{"id":"68e5cd0100000000000000a1","name":"Ann","account":true}}', NULL, NULL, 0);
INSERT INTO log (row, conversation, seq, id, at, kind, author, author_name, author_account, text, target, data, present, edited_seq, deleted) VALUES (33, 6, 1, '68e5cd000000000000000028', 1760000063.75, 'said', '68e5cd0300000000000000c3', 'gus', 0, 'hello Ann, this is gus', NULL, '{"peer":{"id":"68e5cd0100000000000000a1","name":"Ann","account":true}}', NULL, NULL, 0);
INSERT INTO log (row, conversation, seq, id, at, kind, author, author_name, author_account, text, target, data, present, edited_seq, deleted) VALUES (34, 7, 1, '68e5cd0b0000000000000000', 1770000060.0, 'said', '68e5cd0100000000000000a1', 'Ann', 1, 'Who left the gate open?', NULL, NULL, NULL, NULL, 0);
INSERT INTO log (row, conversation, seq, id, at, kind, author, author_name, author_account, text, target, data, present, edited_seq, deleted) VALUES (35, 7, 2, '68e5cd0b0000000000000001', 1770000120.0, 'said', '68e5cd0900000000000000f9', 'zed', 0, '', NULL, NULL, NULL, NULL, 1);
INSERT INTO log (row, conversation, seq, id, at, kind, author, author_name, author_account, text, target, data, present, edited_seq, deleted) VALUES (36, 7, 3, '68e5cd0b0000000000000002', 1770000180.0, 'said', '68e5cd0900000000000000f9', 'zed', 0, 'more cheap watches', NULL, NULL, NULL, NULL, 0);
INSERT INTO log (row, conversation, seq, id, at, kind, author, author_name, author_account, text, target, data, present, edited_seq, deleted) VALUES (37, 7, 4, '68e5cd0b0000000000000003', 1770000240.0, 'said', '68e5cd0400000000000000d4', 'cal', 1, 'It was the wind', NULL, NULL, NULL, NULL, 0);
INSERT INTO log (row, conversation, seq, id, at, kind, author, author_name, author_account, text, target, data, present, edited_seq, deleted) VALUES (38, 7, 5, '68e5cd0b0000000000000004', 1770000360.0, 'deleted', '68e5cd0100000000000000a1', 'Ann', 1, NULL, 2, '{"targetAuthor":{"id":"68e5cd0900000000000000f9","name":"zed"},"act":"68e5cd0c0000000000000001"}', NULL, NULL, 0);
INSERT INTO log (row, conversation, seq, id, at, kind, author, author_name, author_account, text, target, data, present, edited_seq, deleted) VALUES (39, 7, 6, '68e5cd0b0000000000000005', 1770000420.0, 'deleted', '68e5cd0100000000000000a1', 'Ann', 1, NULL, 3, '{"targetAuthor":{"id":"68e5cd0900000000000000f9","name":"zed"},"act":"68e5cd0c0000000000000001"}', NULL, NULL, 0);
INSERT INTO log (row, conversation, seq, id, at, kind, author, author_name, author_account, text, target, data, present, edited_seq, deleted) VALUES (40, 7, 7, '68e5cd0b0000000000000006', 1770000480.0, 'restored', '68e5cd0100000000000000a1', 'Ann', 1, 'more cheap watches', 3, '{"targetId":"68e5cd0b0000000000000002","targetAuthor":{"id":"68e5cd0900000000000000f9","name":"zed"}}', NULL, NULL, 0);
INSERT INTO accounts (id, name, fold, skeleton, password, created_at, seen_at, preferences, operator, suspended, scram, reset, reset_until, erased_at) VALUES ('68e5cd0100000000000000a1', 'Ann', 'ann', 'ann', '$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo', 1760000001.25, 1760000065.0, '{"zone":120,"room":"68e77808c000c92d3069bde7","quiet":true,"ignored":["troll"]}', 1, '', '', '', 0.0, 0.0);
INSERT INTO accounts (id, name, fold, skeleton, password, created_at, seen_at, preferences, operator, suspended, scram, reset, reset_until, erased_at) VALUES ('68e5cd0200000000000000b2', 'Béa', 'béa', 'béa', '$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo', 1760000002.5, 0.0, '{}', 0, '', '', '', 0.0, 0.0);
INSERT INTO accounts (id, name, fold, skeleton, password, created_at, seen_at, preferences, operator, suspended, scram, reset, reset_until, erased_at) VALUES ('68e5cd0400000000000000d4', 'cal', 'cal', 'cal', '$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo', 1760000003.75, 0.0, '{}', 0, 'spam', '', '', 0.0, 0.0);
INSERT INTO network (name, value) VALUES ('lockdown', '1');
INSERT INTO server_bans (mask, setter, at, until, reason) VALUES ('192.0.2.0/24', 'Ann', 1770000480.0, 2085360480.0, 'scanners');
INSERT INTO invitations (code, rooms, uses, until, setter, at) VALUES ('abababababababababababababababababababababababababababababababab', '["yard"]', 3, 0.0, 'Ann', 1770000480.0);
INSERT INTO acts (id, at, by, kind, about, data, undone) VALUES ('68e5cd0c0000000000000001', 1770000300.0, 'Ann', 'purge', 'zed', '{"person":"x"}', 0);
INSERT INTO hidden (conversation, seq, act, text) VALUES (7, 2, '68e5cd0c0000000000000001', 'cheap watches');
INSERT INTO fingerprints (fingerprint, account) VALUES ('cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd', '68e5cd0100000000000000a1');
INSERT INTO metadata (target, key, value) VALUES ('68e5cd0100000000000000a1', 'url', 'https://ann.example');
INSERT INTO device_marks (person, device, conversation, seq, at) VALUES ('68e5cd0100000000000000a1', 'phone', 7, 4, 1770000480.0);
INSERT INTO words (rowid, text, place) VALUES (1, 'good morning everybody', 1);
INSERT INTO words (rowid, text, place) VALUES (2, 'bonjour a tous: le cafe est pret', 1);
INSERT INTO words (rowid, text, place) VALUES (3, 'two lines
of a guest', 1);
INSERT INTO words (rowid, text, place) VALUES (4, 'waves', 1);
INSERT INTO words (rowid, text, place) VALUES (5, 'a notice', 1);
INSERT INTO words (rowid, text, place) VALUES (6, 'that is a good idea', 1);
INSERT INTO words (rowid, text, place) VALUES (7, 'the kettle is on', 1);
INSERT INTO words (rowid, text, place) VALUES (25, 'kept', 2);
INSERT INTO words (rowid, text, place) VALUES (26, 'kept too', 2);
INSERT INTO words (rowid, text, place) VALUES (28, 'the last word in the loft', 3);
INSERT INTO words (rowid, text, place) VALUES (31, 'just between us: the cake is hidden', 5);
INSERT INTO words (rowid, text, place) VALUES (32, 'where?', 5);
INSERT INTO words (rowid, text, place) VALUES (33, 'hello ann, this is gus', 6);
INSERT INTO words (rowid, text, place) VALUES (34, 'who left the gate open?', 7);
INSERT INTO words (rowid, text, place) VALUES (36, 'more cheap watches', 7);
INSERT INTO words (rowid, text, place) VALUES (37, 'it was the wind', 7);
COMMIT;
