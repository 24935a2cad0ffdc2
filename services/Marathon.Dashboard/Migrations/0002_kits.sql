-- What else happens to a kit, and to its runner on the day. Each time is the last one: a kit that came back is made ready and sent again. delivery_status may
-- also be READY, BACKORDERED, PICKED_UP or RETURNED.
ALTER TABLE registrations
  ADD COLUMN ready_at      timestamptz,
  ADD COLUMN picked_up_at  timestamptz,
  ADD COLUMN returned_at   timestamptz,
  ADD COLUMN checked_in_at timestamptz;
