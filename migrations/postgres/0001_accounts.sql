-- Accounts and how their addresses are found.
--
-- For PostgreSQL 13 and newer. Migrations are applied once and never edited: a change is a new file, and it only adds,
-- so that the version before it, and the service that this one replaces, go on working on the same database. Whatever is
-- added to `users` is nullable or has a default, for an INSERT of that service names ten columns.

-- As that service makes it. Where it has, its rows are adopted as they are.
CREATE TABLE IF NOT EXISTS users (
    id                     serial PRIMARY KEY,
    email                  varchar(320) NOT NULL,      -- as spelled at registration, the domain in lower-case Unicode
    full_name              varchar(255),
    hashed_password        varchar(255) NOT NULL,      -- modular crypt format; names its own algorithm and cost
    created_at             timestamptz  NOT NULL DEFAULT now(),
    is_email_verified      boolean      NOT NULL,
    email_otp_hash         varchar(255),               -- NULL, or a code in a form that passlib reads
    email_otp_expires_at   timestamptz,
    email_otp_attempts     integer      NOT NULL,
    email_otp_last_sent_at timestamptz                 -- kept by both services
);

-- Of a new table only: large ones get their indexes while they are in use, see 0006.
DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM users) AND to_regclass('ix_users_email') IS NULL THEN
        CREATE UNIQUE INDEX ix_users_email ON users (email);
    END IF;
END
$$;

ALTER TABLE users
    ADD COLUMN IF NOT EXISTS tokens_not_before timestamptz,                 -- tokens without a session issued earlier are void
    ADD COLUMN IF NOT EXISTS email_claimed boolean NOT NULL DEFAULT false;  -- false: of the old service, and not met yet

-- Who owns an address, however it is spelled: NFC, the domain in Unicode, all in lower case. Twins of old data share a
-- canonical form; it is marked ambiguous then and finds nobody, so that each logs in with the exact spelling only. The
-- claim is made before its account, so that of two registrations at once the second waits for the first.
CREATE TABLE email_claims (
    canonical text COLLATE "C" PRIMARY KEY,
    user_id   integer NOT NULL REFERENCES users (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    ambiguous boolean NOT NULL DEFAULT false
);

CREATE INDEX ix_email_claims_user_id ON email_claims (user_id);

-- The code that was mailed last, one for each purpose of an account. A guess takes one attempt in the statement that
-- reads the code, so guesses at the same time cannot share one.
CREATE TABLE one_time_codes (
    user_id       integer     NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    purpose       text        NOT NULL,
    code_mac      bytea       NOT NULL,                -- HMAC-SHA-256 of the code under a server key
    attempts_left integer     NOT NULL,
    sent_at       timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    PRIMARY KEY (user_id, purpose)
);

-- Claims the address of a row that has none yet. Whoever meets such a row does it, at any number of places at once.
CREATE FUNCTION watchword_claim(account integer, spelling text, canonical_form text) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO email_claims (canonical, user_id)
    SELECT canonical_form, id FROM users WHERE id = account AND email = spelling
    ON CONFLICT (canonical) DO UPDATE SET ambiguous = true WHERE email_claims.user_id <> excluded.user_id;
    UPDATE users SET email_claimed = true WHERE id = account AND email = spelling AND NOT email_claimed;
$$;

-- What caches keep of an account has changed. Never for a login, a code or a rehash: a NOTIFY takes a lock of the whole
-- cluster at the COMMIT.
CREATE FUNCTION watchword_tell_of_account() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('watchword_changes', 'account:' || OLD.id);
    RETURN NULL;
END
$$;

CREATE TRIGGER watchword_account_changed AFTER UPDATE OF email, full_name, is_email_verified ON users
FOR EACH ROW WHEN ((OLD.email, OLD.full_name, OLD.is_email_verified)
                   IS DISTINCT FROM (NEW.email, NEW.full_name, NEW.is_email_verified))
EXECUTE FUNCTION watchword_tell_of_account();

CREATE TRIGGER watchword_account_deleted AFTER DELETE ON users
FOR EACH ROW EXECUTE FUNCTION watchword_tell_of_account();

-- Ids are never given twice: moves a sequence that is behind, as after rows were copied with their ids. Returns the id
-- that it was moved to, or NULL where it was right.
CREATE FUNCTION watchword_put_sequence_right() RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    highest bigint;
    latest  bigint;
BEGIN
    SELECT max(id) INTO highest FROM users;
    SELECT last_value INTO latest FROM users_id_seq;
    IF highest IS NULL OR highest <= latest THEN
        RETURN NULL;
    END IF;
    LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE;
    SELECT max(id) INTO highest FROM users;
    RETURN setval('users_id_seq', greatest(highest, (SELECT last_value FROM users_id_seq)));
END
$$;

DO $$
DECLARE
    moved_to bigint := watchword_put_sequence_right();
BEGIN
    IF moved_to IS NOT NULL THEN
        RAISE WARNING 'users_id_seq was behind the highest id and was moved to %', moved_to;
    END IF;
END
$$;
