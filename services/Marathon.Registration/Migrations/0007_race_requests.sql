-- Of the request that a race was made by, where it had an Idempotency-Key: another one under the same key is refused.
ALTER TABLE races ADD COLUMN request_hash bytea;
