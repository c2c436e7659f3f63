-- Mail that is to be delivered. A row is written in the transaction of the change that it tells of and deleted when it
-- is delivered; what cannot be delivered stays as 'dead' for a person to see.
CREATE TABLE outbox (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    kind          TEXT    NOT NULL DEFAULT 'mail',
    recipient     TEXT    NOT NULL,
    sealed        BLOB    NOT NULL,                    -- the message, encrypted: it may hold a code
    replaces      TEXT    NOT NULL DEFAULT '',         -- withdraws an undelivered row with the same text; '': none
    created_at    INTEGER NOT NULL,
    due_at        INTEGER NOT NULL,                    -- not to be tried before
    expires_at    INTEGER NOT NULL,                    -- of no use after, for example since its code is void
    attempts      INTEGER NOT NULL DEFAULT 0,
    claimed_until INTEGER,                             -- until then one worker is at it
    state         TEXT    NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'dead')),
    last_error    TEXT
) STRICT;

CREATE INDEX ix_outbox_due_at ON outbox (due_at) WHERE state = 'waiting';
CREATE INDEX ix_outbox_replaces ON outbox (replaces) WHERE state = 'waiting' AND replaces <> '';
CREATE INDEX ix_outbox_expires_at ON outbox (state, expires_at);
