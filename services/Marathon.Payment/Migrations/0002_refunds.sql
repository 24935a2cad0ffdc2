-- What goes back is decided once, at the cancellation: null until then, and 0 is a decision too, for a payment that is kept in full.
ALTER TABLE payments
  ALTER refund_amount DROP NOT NULL,
  ALTER refund_amount DROP DEFAULT,
  ADD last_error text,                              -- why the last attempt that came to nothing did so
  DROP CONSTRAINT payments_check1;                  -- (refund_amount > 0) = (status IN ('REFUND_DUE', 'REFUNDED'))
UPDATE payments SET refund_amount = NULL WHERE refund_amount = 0;
ALTER TABLE payments
  ADD CONSTRAINT payments_refund CHECK (
    CASE WHEN status IN ('REFUND_DUE', 'REFUNDED') THEN coalesce(refund_amount, 0) > 0
         WHEN status = 'COMPLETED' THEN coalesce(refund_amount, 0) = 0
         ELSE refund_amount IS NULL END);

-- Looking a payment up by the number that people know, and listing the states that few payments are in.
CREATE INDEX payments_number ON payments (number);
CREATE INDEX payments_rare ON payments (status, registration_id) WHERE status IN ('DECLINED', 'VOIDED', 'REFUND_DUE', 'REFUNDED');

-- How the simulated provider is to behave when money goes back, and how often it was asked to.
ALTER TABLE simulated_provider_charges
  ADD refunding text CHECK (refunding IN ('FAILS', 'TIMES_OUT', 'FAILS_THEN_TIMES_OUT')),
  ADD cancellations int NOT NULL DEFAULT 0;
