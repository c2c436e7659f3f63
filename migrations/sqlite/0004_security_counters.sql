-- Counters that limit guessing (GCRA). A key is an HMAC, so that addresses which nobody has count like all others. One
-- row for each rate of the limit's list: `tat` is the theoretical arrival time in nanoseconds since 1970, the moment at
-- which the bucket is full again. A row whose tat has passed means the same as no row and is swept.
CREATE TABLE security_counters (
    key  BLOB    NOT NULL,
    rate INTEGER NOT NULL,                             -- place of the rate in its list, from 0
    tat  INTEGER NOT NULL,
    PRIMARY KEY (key, rate)
) STRICT, WITHOUT ROWID;

CREATE INDEX ix_security_counters_tat ON security_counters (tat);

-- Where an account's owner has logged in from: such a client has a bucket of its own, so that an attacker's failures do
-- not lock it out. Both are HMACs.
CREATE TABLE known_clients (
    account       BLOB    NOT NULL,
    client        BLOB    NOT NULL,
    last_login_at INTEGER NOT NULL,
    PRIMARY KEY (account, client)
) STRICT, WITHOUT ROWID;

CREATE INDEX ix_known_clients_last_login_at ON known_clients (last_login_at);
