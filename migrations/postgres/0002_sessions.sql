-- Sessions: one row for each login. Refresh and access tokens name it by its sid, so ending the row ends them all.
CREATE TABLE sessions (
    sid             text COLLATE "C" PRIMARY KEY,
    user_id         integer     NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at      timestamptz NOT NULL,
    last_used_at    timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    revoked_at      timestamptz,                       -- NULL while it lives
    refresh_counter bigint      NOT NULL DEFAULT 0,    -- of the newest refresh token; an older one is a reuse
    rotated_at      timestamptz,                       -- when the counter moved; within the grace the same successor
    client_address  text,
    user_agent      text
) WITH (fillfactor = 80);                              -- a refresh updates its row in place

CREATE INDEX ix_sessions_user_id ON sessions (user_id);

-- Expired rows are swept.
CREATE INDEX ix_sessions_expires_at ON sessions (expires_at);

-- Tokens without a session (of the service that this one replaces) that were logged out: SHA-256 of the token, kept
-- until the token expires by itself.
CREATE TABLE denied_tokens (
    token_hash bytea       PRIMARY KEY,
    expires_at timestamptz NOT NULL
);

CREATE INDEX ix_denied_tokens_expires_at ON denied_tokens (expires_at);

-- Moves the counter once for each value and returns the session as it is afterwards, whoever moved it. Two statements,
-- for one statement would not see what another transaction has committed while it waited.
CREATE FUNCTION watchword_rotate(id text, counter bigint, now timestamptz, expires timestamptz)
RETURNS SETOF sessions LANGUAGE sql AS $$
    UPDATE sessions SET refresh_counter = refresh_counter + 1, rotated_at = now, last_used_at = now,
                        expires_at = expires
    WHERE sid = id AND refresh_counter = counter AND revoked_at IS NULL;
    SELECT * FROM sessions WHERE sid = id;
$$;

CREATE FUNCTION watchword_tell_of_session() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('watchword_changes', 'session:' || OLD.sid);
    RETURN NULL;
END
$$;

CREATE TRIGGER watchword_session_ended AFTER UPDATE OF revoked_at ON sessions
FOR EACH ROW WHEN (OLD.revoked_at IS DISTINCT FROM NEW.revoked_at)
EXECUTE FUNCTION watchword_tell_of_session();

-- Of those that have expired nobody needs to hear.
CREATE TRIGGER watchword_session_deleted AFTER DELETE ON sessions
FOR EACH ROW WHEN (OLD.expires_at > now()) EXECUTE FUNCTION watchword_tell_of_session();
