-- How runners get their kits. Races that were there before ship them.
ALTER TABLE races ADD COLUMN kit_handover text NOT NULL DEFAULT 'SHIPPING' CHECK (kit_handover IN ('SHIPPING', 'PICK_UP'));
