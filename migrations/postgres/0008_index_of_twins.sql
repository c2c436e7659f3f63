-- not in a transaction
-- Addresses that several accounts share are told to the operator; they are few.
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_email_claims_ambiguous ON email_claims (user_id) WHERE ambiguous;
