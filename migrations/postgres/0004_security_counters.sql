-- Counters that limit guessing (GCRA). A key is an HMAC, so that addresses which nobody has count like all others. One
-- row for each rate of the limit's list: `tat` is the theoretical arrival time in nanoseconds since 1970, the moment at
-- which the bucket is full again. A row whose tat has passed means the same as no row and is swept.
CREATE TABLE security_counters (
    key  bytea   NOT NULL,
    rate integer NOT NULL,                             -- place of the rate in its list, from 0
    tat  bigint  NOT NULL,
    PRIMARY KEY (key, rate)
) WITH (fillfactor = 70);

CREATE INDEX ix_security_counters_tat ON security_counters (tat);

-- One at a time for each key, until the end of the transaction, also where there is no row yet that could be locked.
CREATE FUNCTION watchword_lock_counter(counter bytea) RETURNS void
LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock(('x' || encode(substr(counter, 1, 8), 'hex'))::bit(64)::bigint);
$$;

-- Counts one more if every rate allows it and returns 0; otherwise counts nothing and returns the nanoseconds until it
-- would. A moment further away than an empty bucket can be (the clock has gone back) is taken for an empty bucket. The
-- arithmetic is that of rate_limits/gcra.cpp.
CREATE FUNCTION watchword_consume(counter bytea, now bigint, intervals bigint[], windows bigint[]) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    wait bigint;
BEGIN
    PERFORM watchword_lock_counter(counter);
    SELECT greatest(max(greatest(least(coalesce(tat, 0), now + size), now) + step - (now + size)), 0) INTO wait
    FROM unnest(intervals, windows) WITH ORDINALITY AS wanted (step, size, place)
    LEFT JOIN security_counters ON key = counter AND rate = place - 1;

    INSERT INTO security_counters (key, rate, tat)
    SELECT counter, place - 1,
           CASE WHEN wait = 0 THEN greatest(least(coalesce(tat, 0), now + size), now) + step ELSE now + size END
    FROM unnest(intervals, windows) WITH ORDINALITY AS wanted (step, size, place)
    LEFT JOIN security_counters ON key = counter AND rate = place - 1
    WHERE wait = 0 OR tat > now + size
    ON CONFLICT (key, rate) DO UPDATE SET tat = excluded.tat;
    RETURN wait;
END
$$;

-- Takes back one that was counted under the same rates. Never makes the bucket fuller than full.
CREATE FUNCTION watchword_give_back(counter bytea, now bigint, intervals bigint[], windows bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM watchword_lock_counter(counter);
    INSERT INTO security_counters (key, rate, tat)
    SELECT counter, place - 1, greatest(least(coalesce(tat, 0), now + size), now) - step
    FROM unnest(intervals, windows) WITH ORDINALITY AS wanted (step, size, place)
    LEFT JOIN security_counters ON key = counter AND rate = place - 1
    ON CONFLICT (key, rate) DO UPDATE SET tat = excluded.tat;
END
$$;

-- Where an account's owner has logged in from: such a client has a bucket of its own, so that an attacker's failures do
-- not lock it out. Both are HMACs.
CREATE TABLE known_clients (
    account       bytea       NOT NULL,
    client        bytea       NOT NULL,
    last_login_at timestamptz NOT NULL,
    PRIMARY KEY (account, client)
);

CREATE INDEX ix_known_clients_last_login_at ON known_clients (last_login_at);
