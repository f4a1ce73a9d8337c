-- Harbour dues.

CREATE SCHEMA billing;
COMMENT ON SCHEMA billing IS 'What lines owe the harbour, and what they have paid.';
GRANT USAGE ON SCHEMA billing TO billing_clerk, auditor;

CREATE DOMAIN billing.money_amount AS numeric(12, 2) DEFAULT 0 NOT NULL;
COMMENT ON DOMAIN billing.money_amount IS 'In the currency of the invoice.';

CREATE TYPE billing.address AS (
    street text,
    postcode text,
    town text,
    country char(2)
);
COMMENT ON TYPE billing.address IS 'Where an invoice goes.';

CREATE TYPE billing.entry_kind AS ENUM ('due', 'fee', 'payment', 'correction');
CREATE TYPE billing.tonnage_range AS RANGE (subtype = numeric, multirange_type_name = billing.tonnage_ranges);
COMMENT ON TYPE billing.tonnage_range IS 'A step of a tariff.';

CREATE TABLE billing.account (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    line_id integer NOT NULL UNIQUE REFERENCES port.line ON DELETE RESTRICT,
    address billing.address NOT NULL,
    credit_limit billing.money_amount,
    currency char(3) NOT NULL DEFAULT 'EUR' CHECK (currency = upper(currency))
);
COMMENT ON TABLE billing.account IS 'One per line.';

CREATE TABLE billing.tariff (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    vessel_kind port.vessel_kind NOT NULL,
    tonnage billing.tonnage_range NOT NULL,
    valid daterange NOT NULL,
    per_tonne numeric(8, 4) NOT NULL CHECK (per_tonne >= 0),
    CONSTRAINT one_tariff_at_a_time EXCLUDE USING gist (vessel_kind WITH =, tonnage WITH &&, valid WITH &&)
);
COMMENT ON TABLE billing.tariff IS 'Dues per tonne, by kind of vessel and tonnage, as the council decides them.';

CREATE SEQUENCE billing.invoice_number INCREMENT BY 1 START WITH 240001 CACHE 1;
COMMENT ON SEQUENCE billing.invoice_number IS 'Shared by invoices and credit notes; the tax office accepts holes.';

CREATE TABLE billing.invoice (
    number bigint PRIMARY KEY DEFAULT nextval('billing.invoice_number'),
    account_id integer NOT NULL REFERENCES billing.account,
    call_id uuid REFERENCES port.call ON DELETE SET NULL,
    issued_on date NOT NULL DEFAULT CURRENT_DATE,
    due_on date NOT NULL,
    sent boolean NOT NULL DEFAULT false,
    replaces bigint REFERENCES billing.invoice,
    UNIQUE (number, account_id),
    CHECK (due_on >= issued_on)
);
COMMENT ON TABLE billing.invoice IS 'A bill for one call, or for a month of small things.';
COMMENT ON COLUMN billing.invoice.replaces IS 'The invoice that this one corrects.';
CREATE INDEX invoice_account_idx ON billing.invoice (account_id);
CREATE INDEX invoice_overdue_idx ON billing.invoice (due_on) INCLUDE (account_id) WHERE sent;

CREATE TABLE billing.invoice_line (
    invoice_number bigint NOT NULL REFERENCES billing.invoice ON DELETE CASCADE,
    position smallint NOT NULL,
    text text NOT NULL,
    quantity numeric(12, 3) NOT NULL DEFAULT 1,
    unit_price billing.money_amount,
    amount numeric(12, 2) GENERATED ALWAYS AS (round(quantity * unit_price, 2)) STORED,
    tariff_id integer REFERENCES billing.tariff,
    PRIMARY KEY (invoice_number, position)
);
COMMENT ON TABLE billing.invoice_line IS 'One line of an invoice.';

CREATE TABLE billing.ledger (
    id bigserial,
    kind billing.entry_kind NOT NULL,
    account_id integer NOT NULL,
    invoice_number bigint,
    booked_at timestamptz NOT NULL DEFAULT now(),
    amount billing.money_amount,
    PRIMARY KEY (kind, id),
    FOREIGN KEY (invoice_number, account_id) REFERENCES billing.invoice (number, account_id)
) PARTITION BY LIST (kind);
COMMENT ON TABLE billing.ledger IS 'Every movement on every account. Nothing is ever changed here, only added.';
COMMENT ON COLUMN billing.ledger.amount IS 'Positive: the line owes us more.';
CREATE TABLE billing.ledger_charges PARTITION OF billing.ledger FOR VALUES IN ('due', 'fee');
CREATE TABLE billing.ledger_payments PARTITION OF billing.ledger FOR VALUES IN ('payment');
CREATE TABLE billing.ledger_other PARTITION OF billing.ledger DEFAULT;
CREATE INDEX ledger_account_idx ON billing.ledger (account_id, booked_at);

CREATE FUNCTION billing.balance(account integer, at timestamptz DEFAULT now()) RETURNS numeric
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT coalesce(sum(amount), 0) FROM billing.ledger WHERE account_id = account AND booked_at <= at
$$;
COMMENT ON FUNCTION billing.balance(integer, timestamptz) IS 'What a line owes. May be asked by those who may not read the ledger.';
REVOKE ALL ON FUNCTION billing.balance(integer, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION billing.balance(integer, timestamptz) TO billing_clerk, shipping_agent;

CREATE PROCEDURE billing.close_month(month date, INOUT closed integer DEFAULT 0)
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE billing.invoice SET sent = true
     WHERE NOT sent AND issued_on >= date_trunc('month', month) AND issued_on < date_trunc('month', month) + '1 month'::interval;
    GET DIAGNOSTICS closed = ROW_COUNT;
END
$$;
COMMENT ON PROCEDURE billing.close_month(date, integer) IS 'Sends what is still unsent, and says how many that were.';

GRANT SELECT, INSERT, UPDATE ON billing.account, billing.invoice, billing.invoice_line TO billing_clerk;
GRANT SELECT, INSERT ON billing.ledger TO billing_clerk;
GRANT SELECT ON billing.account, billing.invoice, billing.invoice_line, billing.ledger, billing.tariff TO auditor;
GRANT USAGE ON SEQUENCE billing.invoice_number TO billing_clerk;
