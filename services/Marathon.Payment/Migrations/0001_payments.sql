-- One row per registration, ever: whoever inserts or changes it decides. It ends as charged or as voided, never both.
CREATE TABLE payments (
  registration_id    uuid        PRIMARY KEY,      -- also the key of the charge at the provider
  payment_id         uuid        NOT NULL,
  number             text        NOT NULL,
  amount             int         NOT NULL CHECK (amount >= 0),
  currency           text        NOT NULL,
  token              text,                         -- the provider's token of the means of payment; forgotten when the charge is settled
  status             text        NOT NULL CHECK (status IN ('REQUESTED', 'COMPLETED', 'DECLINED', 'VOIDED', 'REFUND_DUE', 'REFUNDED')),
  version            int         NOT NULL,         -- events told
  provider_reference text,
  reason             text,
  reversal_due       boolean     NOT NULL DEFAULT false,
  refund_amount      int         NOT NULL DEFAULT 0,
  created_at         timestamptz NOT NULL DEFAULT now(),
  changed_at         timestamptz NOT NULL DEFAULT now(),
  charging_until     timestamptz,                  -- until then whoever took the row may still be charging it
  due_at             timestamptz,                  -- when the background looks after it; null when nothing is left to do at the provider
  attempts           int         NOT NULL DEFAULT 0,
  CHECK (refund_amount BETWEEN 0 AND amount),
  CHECK ((refund_amount > 0) = (status IN ('REFUND_DUE', 'REFUNDED'))),
  CHECK (status = 'VOIDED' OR NOT reversal_due),
  CHECK ((due_at IS NOT NULL) = (status IN ('REQUESTED', 'REFUND_DUE') OR reversal_due))
);

CREATE INDEX payments_due ON payments (due_at) WHERE due_at IS NOT NULL;

-- The ledger of the simulated provider: a stranger's, kept here only for want of another place. No transaction touches it and payments together.
CREATE TABLE simulated_provider_charges (
  key       uuid        PRIMARY KEY,
  amount    int         NOT NULL,
  currency  text        NOT NULL,
  outcome   text        NOT NULL CHECK (outcome IN ('CAPTURED', 'DECLINED')),
  reference text        NOT NULL,
  reason    text,
  captured  int         NOT NULL,
  cancelled int         NOT NULL DEFAULT 0,
  at        timestamptz NOT NULL DEFAULT now(),
  CHECK (cancelled BETWEEN 0 AND captured)
);
