-- Mail that is to be delivered. A row is written in the transaction of the change that it tells of and deleted when it
-- is delivered; what cannot be delivered stays as 'dead' for a person to see.
CREATE TABLE outbox (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind          text        NOT NULL DEFAULT 'mail',
    recipient     text        NOT NULL,
    sealed        bytea       NOT NULL,                -- the message, encrypted: it may hold a code
    replaces      text        NOT NULL DEFAULT '',     -- withdraws an undelivered row with the same text; '': none
    created_at    timestamptz NOT NULL,
    due_at        timestamptz NOT NULL,                -- not to be tried before
    expires_at    timestamptz NOT NULL,                -- of no use after, for example since its code is void
    attempts      integer     NOT NULL DEFAULT 0,
    claimed_until timestamptz,                         -- until then one worker is at it
    state         text        NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'dead')),
    last_error    text
);

CREATE INDEX ix_outbox_due_at ON outbox (due_at, id) WHERE state = 'waiting';
CREATE INDEX ix_outbox_replaces ON outbox (replaces) WHERE replaces <> '';
CREATE INDEX ix_outbox_expires_at ON outbox (state, expires_at);

-- A mail as a feature hands it over.
CREATE TYPE watchword_mail AS (
    recipient  text,
    sealed     bytea,
    replaces   text,
    created_at timestamptz,
    expires_at timestamptz
);

-- Stores a mail, due at once, and withdraws an undelivered one with the same `replaces`; one that was given up expires.
CREATE FUNCTION watchword_put_mail(mail watchword_mail) RETURNS void
LANGUAGE sql AS $$
    DELETE FROM outbox WHERE replaces = mail.replaces AND replaces <> '' AND state = 'waiting';
    UPDATE outbox SET expires_at = mail.created_at
    WHERE state = 'dead' AND expires_at > mail.created_at AND replaces = mail.replaces AND replaces <> '';
    INSERT INTO outbox (recipient, sealed, replaces, created_at, expires_at, due_at)
    VALUES (mail.recipient, mail.sealed, mail.replaces, mail.created_at, mail.expires_at, mail.created_at);
$$;

-- A code as it is issued. `old_form` is the code as the service that this one replaces keeps it, or NULL.
CREATE TYPE watchword_code AS (
    purpose    text,
    mac        bytea,
    attempts   integer,
    sent_at    timestamptz,
    expires_at timestamptz,
    old_form   text
);

-- Stores a code in place of the one before, whichever service had made that, with its mail.
CREATE FUNCTION watchword_put_code(account integer, code watchword_code, mail watchword_mail) RETURNS void
LANGUAGE sql AS $$
    UPDATE users SET email_otp_hash = code.old_form, email_otp_attempts = 0, email_otp_last_sent_at = code.sent_at,
                     email_otp_expires_at = CASE WHEN code.old_form IS NOT NULL THEN code.expires_at END
    WHERE id = account;
    INSERT INTO one_time_codes (user_id, purpose, code_mac, attempts_left, sent_at, expires_at)
    VALUES (account, code.purpose, code.mac, code.attempts, code.sent_at, code.expires_at)
    ON CONFLICT (user_id, purpose) DO UPDATE SET
        code_mac = excluded.code_mac, attempts_left = excluded.attempts_left,
        sent_at = excluded.sent_at, expires_at = excluded.expires_at;
    SELECT watchword_put_mail(mail);
$$;

-- The same, unless a code was sent after `not_after`: then nothing changes, and the moment of that one is returned.
CREATE FUNCTION watchword_replace_code(account integer, not_after timestamptz, code watchword_code, mail watchword_mail)
RETURNS timestamptz LANGUAGE plpgsql AS $$
DECLARE
    last_sent_at timestamptz;
BEGIN
    SELECT email_otp_last_sent_at INTO last_sent_at FROM users WHERE id = account FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF last_sent_at > not_after THEN
        RETURN last_sent_at;
    END IF;
    PERFORM watchword_put_code(account, code, mail);
    RETURN NULL;
END
$$;

-- Takes one attempt and returns the code that is to be compared, in the one form or the other; no row where there is no
-- code, it has expired or its attempts are used up. The code that was sent last counts. One that both services can read
-- has one count of attempts: the old service's own column.
CREATE FUNCTION watchword_consume_attempt(account integer, wanted text, now timestamptz, attempts_max integer)
RETURNS TABLE (mac bytea, old_form text) LANGUAGE plpgsql AS $$
DECLARE
    person users%ROWTYPE;
    code   one_time_codes%ROWTYPE;
BEGIN
    SELECT * INTO person FROM users WHERE id = account FOR NO KEY UPDATE;
    SELECT * INTO code FROM one_time_codes WHERE user_id = account AND purpose = wanted;
    IF person.email_otp_hash IS NOT NULL THEN
        UPDATE users SET email_otp_attempts = email_otp_attempts + 1
        WHERE id = account AND email_otp_expires_at > now AND email_otp_attempts < attempts_max;
        IF NOT FOUND THEN
            RETURN;
        END IF;
        IF code.sent_at IS DISTINCT FROM person.email_otp_last_sent_at THEN
            RETURN QUERY SELECT NULL::bytea, person.email_otp_hash::text;
            RETURN;
        END IF;
    END IF;
    RETURN QUERY
        UPDATE one_time_codes SET attempts_left = attempts_left - 1
        WHERE user_id = account AND purpose = wanted AND attempts_left > 0 AND expires_at > now
        RETURNING code_mac, NULL::text;
END
$$;

-- Marks the address as proven by one of the two forms, and removes the code. False where another was first.
CREATE FUNCTION watchword_confirm(account integer, wanted text, proven_mac bytea, proven_old_form text)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    person users%ROWTYPE;
BEGIN
    SELECT * INTO person FROM users WHERE id = account FOR NO KEY UPDATE;
    IF proven_old_form IS NOT NULL THEN
        IF person.is_email_verified OR person.email_otp_hash IS DISTINCT FROM proven_old_form THEN
            RETURN false;
        END IF;
        DELETE FROM one_time_codes WHERE user_id = account AND purpose = wanted;
    ELSE
        DELETE FROM one_time_codes WHERE user_id = account AND purpose = wanted AND code_mac = proven_mac;
        IF NOT FOUND THEN
            RETURN false;
        END IF;
    END IF;
    UPDATE users SET is_email_verified = true, email_otp_hash = NULL, email_otp_expires_at = NULL,
                     email_otp_attempts = 0
    WHERE id = account;
    RETURN true;
END
$$;

-- An account, the claim on its address, its first code and the mail with it: all or nothing. Returns its id, or NULL
-- where the address is taken in any spelling.
CREATE FUNCTION watchword_create_account(spelling text, canonical_form text, name text, password_hash text,
                                         now timestamptz, code watchword_code, mail watchword_mail)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    account integer;
BEGIN
    IF EXISTS (SELECT 1 FROM users WHERE email = spelling)
        OR EXISTS (SELECT 1 FROM email_claims WHERE canonical = canonical_form)
        OR EXISTS (SELECT 1 FROM users
                   WHERE NOT email_claimed AND lower(email COLLATE "C") = lower(canonical_form COLLATE "C")) THEN
        RETURN NULL;
    END IF;
    account := nextval('users_id_seq');
    INSERT INTO email_claims (canonical, user_id) VALUES (canonical_form, account) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    INSERT INTO users (id, email, full_name, hashed_password, created_at, is_email_verified, email_otp_attempts,
                       email_claimed)
    VALUES (account, spelling, name, password_hash, now, false, 0, true) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        IF NOT EXISTS (SELECT 1 FROM users WHERE email = spelling) THEN
            RAISE EXCEPTION 'the id % is taken: users_id_seq is behind', account;
        END IF;
        -- The old service was quicker with this very spelling.
        DELETE FROM email_claims WHERE canonical = canonical_form;
        RETURN NULL;
    END IF;
    PERFORM watchword_put_code(account, code, mail);
    RETURN account;
END
$$;
