-- Ids of accounts are what the service before made of them.
ALTER TABLE audit ALTER COLUMN user_id TYPE bigint;

-- A record has one successor, whatever becomes of the lock below.
CREATE UNIQUE INDEX ix_audit_previous_hash ON audit (previous_hash);

-- One value of a record, so that no two records read alike: `5:hello,`.
CREATE FUNCTION watchword_netstring(value text) RETURNS bytea
LANGUAGE sql STABLE AS $$
    SELECT convert_to(length(convert_to(value, 'UTF8')) || ':' || value || ',', 'UTF8');
$$;

-- Appends a record to the trail. It is the last that a transaction does: from here to its end the others wait, since
-- each needs the hash of the one before. What is hashed stands at `hash_of` in src/audit/chain.hpp.
CREATE FUNCTION watchword_audit(happened_at timestamptz, name text, account bigint, client text, request text,
                                particulars text)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    previous bytea;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('watchword audit trail', 0));
    SELECT hash INTO previous FROM audit ORDER BY id DESC LIMIT 1;
    previous := coalesce(previous, decode(repeat('00', 32), 'hex'));
    INSERT INTO audit (at, event, user_id, client_address, request_id, details, previous_hash, hash)
    VALUES (happened_at, name, account, client, request, particulars, previous,
            sha256(previous || watchword_netstring((extract(epoch FROM happened_at) * 1000000)::bigint::text)
                            || watchword_netstring(name) || watchword_netstring(coalesce(account::text, ''))
                            || watchword_netstring(client) || watchword_netstring(request)
                            || watchword_netstring(particulars)));
END
$$;
