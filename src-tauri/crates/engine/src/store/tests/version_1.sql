-- A database as Keyfob's first schema left it: one account with a summary, one that has none
-- yet, and one whose summary was never read.
PRAGMA user_version = 1;
CREATE TABLE connections (
    id TEXT PRIMARY KEY NOT NULL,
    provider TEXT NOT NULL,
    name TEXT,
    account_subject TEXT,
    account_label TEXT,
    ordinal INTEGER NOT NULL,
    scopes_asked TEXT NOT NULL,
    scopes_granted TEXT NOT NULL,
    generation INTEGER NOT NULL,
    connected_at INTEGER NOT NULL,
    obtained_at INTEGER NOT NULL,
    renewed_at INTEGER,
    expires_at INTEGER,
    expiry_assumed INTEGER NOT NULL,
    renewable INTEGER NOT NULL,
    condition TEXT NOT NULL,
    problem_code TEXT,
    problem_detail TEXT,
    failures INTEGER NOT NULL,
    tried_at INTEGER,
    due_at INTEGER,
    token_endpoint TEXT NOT NULL,
    client_id TEXT NOT NULL
) STRICT;
CREATE TABLE renewal_intents (
    connection_id TEXT PRIMARY KEY NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
    generation INTEGER NOT NULL,
    started_at INTEGER NOT NULL
) STRICT;
CREATE TABLE summaries (
    connection_id TEXT PRIMARY KEY NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
    text TEXT,
    as_of INTEGER NOT NULL
) STRICT;
CREATE TABLE clients (
    provider TEXT PRIMARY KEY NOT NULL,
    client_id TEXT NOT NULL
) STRICT;
INSERT INTO connections VALUES
    ('019e7047-8000-7000-8000-000000000001', 'mio', 'Work', 'sub', 'ada@lovelace.example', 1, 'a b', 'a', 3,
     1779999000000, 1779999900000, 1779999900000, 1780003500000, 0, 1, 'active', NULL, NULL, 0, NULL,
     1780002000000, 'https://a.example/token', 'client'),
    ('019e7047-8000-7000-8000-000000000002', 'mio', NULL, NULL, NULL, 2, 'a', 'a', 1, 1779999000001,
     1779999900000, NULL, NULL, 0, 0, 'active', NULL, NULL, 0, NULL, NULL, 'https://a.example/token', 'client'),
    ('019e7047-8000-7000-8000-000000000003', 'mio', NULL, NULL, NULL, 3, 'a', 'a', 1, 1779999000002,
     1779999900000, NULL, NULL, 0, 0, 'active', NULL, NULL, 0, NULL, NULL, 'https://a.example/token', 'client');
INSERT INTO summaries VALUES
    ('019e7047-8000-7000-8000-000000000001', 'She "builds" an engine' || char(10) || 'of brass: ä{}[]\', 1779999950000),
    ('019e7047-8000-7000-8000-000000000002', NULL, 1779999960000);
INSERT INTO clients VALUES ('mio', 'client');
