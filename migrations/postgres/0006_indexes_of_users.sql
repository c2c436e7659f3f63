-- not in a transaction
-- The table may be large and in use: each index is built beside the work, and one that an interrupted start has left
-- half built is built again.
DROP INDEX CONCURRENTLY IF EXISTS ix_users_unclaimed;
CREATE INDEX CONCURRENTLY ix_users_unclaimed ON users (lower(email COLLATE "C")) WHERE NOT email_claimed;

-- Addresses whose canonical form is more than lower case: they are read and made canonical by the program.
DROP INDEX CONCURRENTLY IF EXISTS ix_users_unclaimed_spellings;
CREATE INDEX CONCURRENTLY ix_users_unclaimed_spellings ON users (id) WHERE NOT email_claimed
    AND (octet_length(email) <> char_length(email) OR email ~* '(xn--|^\s|\s$)');

-- Unverified accounts by age.
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_unverified_users_created_at ON users (is_email_verified, created_at);
