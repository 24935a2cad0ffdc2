-- The status of a registration may also be HELD: its payment takes longer. That of a message may also be DELIVERED or FAILED, since then, and for this reason.
ALTER TABLE messages
  ADD COLUMN settled_at timestamptz,
  ADD COLUMN reason     text;
