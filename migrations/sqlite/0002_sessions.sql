-- Sessions: one row for each login. Refresh and access tokens name it by its sid, so ending the row ends them all.
CREATE TABLE sessions (
    sid             TEXT    PRIMARY KEY,
    user_id         INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at      INTEGER NOT NULL,
    last_used_at    INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    revoked_at      INTEGER,                           -- NULL while it lives
    refresh_counter INTEGER NOT NULL DEFAULT 0,        -- of the newest refresh token; an older one is a reuse
    rotated_at      INTEGER,                           -- when the counter moved; within the grace the same successor
    client_address  TEXT,
    user_agent      TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX ix_sessions_user_id ON sessions (user_id);

-- Expired rows are swept.
CREATE INDEX ix_sessions_expires_at ON sessions (expires_at);

-- Tokens without a session (of the service that this one replaces) that were logged out: SHA-256 of the token, kept
-- until the token expires by itself.
CREATE TABLE denied_tokens (
    token_hash BLOB    PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX ix_denied_tokens_expires_at ON denied_tokens (expires_at);
