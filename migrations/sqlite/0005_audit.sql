-- What happened to accounts, for whoever has to explain it later. A row is written in the transaction of the change
-- that it tells of, holds the hash of the row before it, and is never changed: an alteration breaks the chain from there
-- on.
CREATE TABLE audit (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    at             INTEGER NOT NULL,
    event          TEXT    NOT NULL,
    user_id        INTEGER,                            -- no foreign key: the trail outlives the account
    client_address TEXT    NOT NULL DEFAULT '',
    request_id     TEXT    NOT NULL DEFAULT '',
    details        TEXT    NOT NULL DEFAULT '{}',      -- a JSON object
    previous_hash  BLOB    NOT NULL,
    hash           BLOB    NOT NULL
) STRICT;

CREATE INDEX ix_audit_user_id ON audit (user_id, id) WHERE user_id IS NOT NULL;

CREATE TRIGGER audit_rows_are_not_changed BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'audit rows are never changed');
END;

CREATE TRIGGER audit_rows_are_not_deleted BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'audit rows are never deleted');
END;
