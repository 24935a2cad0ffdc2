-- What was asked of Toss Payments, written before it is asked: so that it can be asked again, and closed, whatever happens in between.
CREATE TABLE toss_orders (
  key           uuid        PRIMARY KEY,            -- the registration
  order_id      text        UNIQUE,
  payment_key   text        UNIQUE,                 -- one payment of Toss's pays for one registration
  amount        int         NOT NULL,
  closed        boolean     NOT NULL,
  confirmations int         NOT NULL DEFAULT 0,     -- requests that Toss answered with an error which decided nothing: part of the next one's idempotency key
  cancellations int         NOT NULL DEFAULT 0,
  at            timestamptz NOT NULL DEFAULT now(),
  CHECK ((order_id IS NULL) = (payment_key IS NULL)),
  CHECK (payment_key IS NOT NULL OR closed)
);
