-- Accounts and how their addresses are found.
--
-- In all tables: a time is an INTEGER, microseconds since 1970-01-01 UTC. A flag is 0 or 1. STRICT makes SQLite refuse
-- values of another type. Migrations are applied once and never edited: a change is a new file, and it only adds, so
-- that the version before it goes on working on the same database.

-- The columns have the names and meanings of the service that this one replaces. AUTOINCREMENT: an id is never given
-- out twice, not even after its account is gone, for tokens and folders of files are bound to it.
CREATE TABLE users (
    id                     INTEGER PRIMARY KEY AUTOINCREMENT,
    email                  TEXT    NOT NULL,           -- as spelled at registration, the domain in lower-case Unicode
    full_name              TEXT,
    hashed_password        TEXT    NOT NULL,           -- modular crypt format; names its own algorithm and cost
    created_at             INTEGER NOT NULL,
    is_email_verified      INTEGER NOT NULL DEFAULT 0 CHECK (is_email_verified IN (0, 1)),
    email_otp_hash         TEXT,                       -- codes live in one_time_codes; kept for data moved from there
    email_otp_expires_at   INTEGER,
    email_otp_attempts     INTEGER NOT NULL DEFAULT 0,
    email_otp_last_sent_at INTEGER,
    tokens_not_before      INTEGER                     -- tokens without a session that were issued earlier are void
) STRICT;

-- Two spellings of one local part may be two people (old data): compared byte by byte.
CREATE UNIQUE INDEX ix_users_email ON users (email);

-- Unverified accounts by age.
CREATE INDEX ix_unverified_users_created_at ON users (is_email_verified, created_at);

-- Who owns an address, however it is spelled: NFC, the domain in Unicode, all in lower case. Twins of old data share a
-- canonical form; it is marked ambiguous then and finds nobody, so that each logs in with the exact spelling only.
CREATE TABLE email_claims (
    canonical TEXT    PRIMARY KEY,
    user_id   INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    ambiguous INTEGER NOT NULL DEFAULT 0 CHECK (ambiguous IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE INDEX ix_email_claims_user_id ON email_claims (user_id);

-- The code that was mailed last, one for each purpose of an account. A guess takes one attempt in the statement that
-- reads the code, so guesses at the same time cannot share one.
CREATE TABLE one_time_codes (
    user_id       INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    purpose       TEXT    NOT NULL,
    code_mac      BLOB    NOT NULL,                    -- HMAC-SHA-256 of the code under a server key
    attempts_left INTEGER NOT NULL,
    sent_at       INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    PRIMARY KEY (user_id, purpose)
) STRICT, WITHOUT ROWID;
