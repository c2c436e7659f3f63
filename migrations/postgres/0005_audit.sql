-- What happened to accounts, for whoever has to explain it later. A row is written in the transaction of the change
-- that it tells of, holds the hash of the row before it, and is never changed: an alteration breaks the chain from there
-- on.
CREATE TABLE audit (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at             timestamptz NOT NULL,
    event          text        NOT NULL,
    user_id        integer,                            -- no foreign key: the trail outlives the account
    client_address text        NOT NULL DEFAULT '',
    request_id     text        NOT NULL DEFAULT '',
    details        text        NOT NULL DEFAULT '{}',  -- a JSON object
    previous_hash  bytea       NOT NULL,
    hash           bytea       NOT NULL
);

CREATE INDEX ix_audit_user_id ON audit (user_id, id) WHERE user_id IS NOT NULL;

CREATE FUNCTION watchword_refuse_to_change_audit() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit rows are never changed or deleted';
END
$$;

CREATE TRIGGER watchword_audit_rows_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION watchword_refuse_to_change_audit();
