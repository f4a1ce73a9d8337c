-- Makes this schema in an empty database. Written by tidegate.
-- Roles that have to be there: auditor, billing_clerk, harbour_master, pilot_office, shipping_agent

SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SET check_function_bodies = off;
SET client_min_messages = warning;
SET xmloption = content;
SET row_security = off;
SET "TimeZone" = 'UTC';
SET "DateStyle" = 'ISO, MDY';
SET "IntervalStyle" = 'postgres';
SET default_tablespace = '';
SET default_table_access_method = heap;
SET search_path = public, audit, billing, cargo, port, ref, staff;

CREATE SCHEMA audit;
COMMENT ON SCHEMA audit IS 'Read by the auditor, written by triggers alone.';
GRANT USAGE ON SCHEMA audit TO auditor;

CREATE SCHEMA billing;
COMMENT ON SCHEMA billing IS 'What lines owe the harbour, and what they have paid.';
GRANT USAGE ON SCHEMA billing TO auditor;
GRANT USAGE ON SCHEMA billing TO billing_clerk;

CREATE SCHEMA cargo;
COMMENT ON SCHEMA cargo IS 'Goods, the boxes that they travel in, and where those are.';
GRANT USAGE ON SCHEMA cargo TO auditor;
GRANT USAGE ON SCHEMA cargo TO harbour_master;
GRANT USAGE ON SCHEMA cargo TO shipping_agent;

CREATE SCHEMA port;
COMMENT ON SCHEMA port IS 'Quays, ships, and the calls that bring them together.';
GRANT USAGE ON SCHEMA port TO auditor;
GRANT USAGE ON SCHEMA port TO billing_clerk;
GRANT USAGE ON SCHEMA port TO harbour_master;
GRANT USAGE ON SCHEMA port TO pilot_office;
GRANT USAGE ON SCHEMA port TO shipping_agent;

CREATE SCHEMA ref;
COMMENT ON SCHEMA ref IS 'Lists that rarely change and that everybody reads.';
GRANT USAGE ON SCHEMA ref TO auditor;
GRANT USAGE ON SCHEMA ref TO billing_clerk;
GRANT USAGE ON SCHEMA ref TO harbour_master;
GRANT USAGE ON SCHEMA ref TO pilot_office;
GRANT USAGE ON SCHEMA ref TO shipping_agent;

CREATE SCHEMA staff;
COMMENT ON SCHEMA staff IS 'The people who work for the harbour, and when.';
GRANT USAGE ON SCHEMA staff TO auditor;
GRANT USAGE ON SCHEMA staff TO billing_clerk;
GRANT USAGE ON SCHEMA staff TO harbour_master;
GRANT USAGE ON SCHEMA staff TO pilot_office;
GRANT USAGE ON SCHEMA staff TO shipping_agent;

CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public CASCADE;

CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA public CASCADE;

CREATE EXTENSION IF NOT EXISTS file_fdw WITH SCHEMA public CASCADE;

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public CASCADE;

CREATE EXTENSION IF NOT EXISTS pgcrypto WITH SCHEMA public CASCADE;

CREATE SERVER tide_gauge
    FOREIGN DATA WRAPPER file_fdw;
COMMENT ON SERVER tide_gauge IS 'The gauge at the eastern mole.';

CREATE TYPE billing.entry_kind AS ENUM (
    'due',
    'fee',
    'payment',
    'correction'
);

CREATE TYPE cargo.direction AS ENUM (
    'import',
    'export',
    'transshipment'
);
COMMENT ON TYPE cargo.direction IS 'Which way goods cross the quay.';

CREATE TYPE port.call_state AS ENUM (
    'announced',
    'confirmed',
    'diverted',
    'moored',
    'departed'
);
COMMENT ON TYPE port.call_state IS 'How far a call has come.';

CREATE TYPE port.terminal_kind AS ENUM (
    'container',
    'bulk',
    'liquid',
    'ferry',
    'cruise'
);
COMMENT ON TYPE port.terminal_kind IS 'What a terminal is built for.';

CREATE TYPE port.vessel_kind AS ENUM (
    'container',
    'bulker',
    'tanker',
    'ro_ro',
    'ferry',
    'tug',
    'other'
);
COMMENT ON TYPE port.vessel_kind IS 'What a vessel is built for.';

CREATE DOMAIN billing.money_amount AS numeric(12,2) DEFAULT 0 NOT NULL;
COMMENT ON DOMAIN billing.money_amount IS 'In the currency of the invoice.';

CREATE DOMAIN cargo.container_code AS text
    CONSTRAINT container_code_is_iso_6346 CHECK (VALUE ~ '^[A-Z]{3}[UJZ][0-9]{7}$'::text);
COMMENT ON DOMAIN cargo.container_code IS 'Owner, category, serial number and check digit: `MSKU1234565`.';

CREATE DOMAIN port.imo_number AS integer
    CONSTRAINT imo_number_has_seven_digits CHECK ((VALUE >= 1000000) AND (VALUE <= 9999999));
COMMENT ON DOMAIN port.imo_number IS 'The number that a hull keeps for life, whatever its name and flag.';

CREATE DOMAIN port.metres AS numeric(6,2)
    CONSTRAINT metres_are_positive CHECK (VALUE > (0)::numeric);
COMMENT ON DOMAIN port.metres IS 'A length or a depth. Never zero: an unknown one is NULL.';

CREATE TYPE billing.address AS (
    street text,
    postcode text,
    town text,
    country character(2)
);
COMMENT ON TYPE billing.address IS 'Where an invoice goes.';

CREATE TYPE port."position" AS (
    latitude numeric(8,6),
    longitude numeric(9,6)
);
COMMENT ON TYPE port."position" IS 'A point in WGS 84.';
COMMENT ON COLUMN port."position".latitude IS 'Degrees, north is positive.';
COMMENT ON COLUMN port."position".longitude IS 'Degrees, east is positive.';

CREATE TYPE billing.tonnage_range AS RANGE (
    SUBTYPE = numeric,
    MULTIRANGE_TYPE_NAME = billing.tonnage_ranges
);
COMMENT ON TYPE billing.tonnage_range IS 'A step of a tariff.';

CREATE SEQUENCE billing.invoice_number START WITH 240001;
COMMENT ON SEQUENCE billing.invoice_number IS 'Shared by invoices and credit notes; the tax office accepts holes.';
GRANT USAGE ON SEQUENCE billing.invoice_number TO billing_clerk;

CREATE SEQUENCE billing.ledger_id_seq;

CREATE SEQUENCE port.call_event_id_seq;

CREATE SEQUENCE port.terminal_id_seq AS smallint;

CREATE SEQUENCE staff.employee_number AS integer START WITH 1001 MAXVALUE 9999;
COMMENT ON SEQUENCE staff.employee_number IS 'Four digits: they have to fit onto the badge.';

CREATE TABLE audit.entry (
    id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    who name DEFAULT SESSION_USER NOT NULL,
    CONSTRAINT entry_pkey PRIMARY KEY (id),
    CONSTRAINT entry_is_not_from_the_future CHECK (at <= (clock_timestamp() + '00:01:00'::interval))
);
COMMENT ON TABLE audit.entry IS 'What all kinds of entry have in common. Holds no rows of its own.';
GRANT SELECT ON TABLE audit.entry TO auditor;

CREATE TABLE audit.row_change (
    table_name text NOT NULL,
    operation text NOT NULL,
    before jsonb,
    after jsonb,
    CONSTRAINT row_change_operation_check CHECK (operation = ANY (ARRAY['INSERT'::text, 'UPDATE'::text, 'DELETE'::text]))
)
INHERITS (audit.entry);
COMMENT ON TABLE audit.row_change IS 'One changed row, before and after.';
GRANT SELECT ON TABLE audit.row_change TO auditor;

CREATE TABLE audit.schema_change (
    command text NOT NULL,
    object text
)
INHERITS (audit.entry);
COMMENT ON TABLE audit.schema_change IS 'One DDL command.';
GRANT SELECT ON TABLE audit.schema_change TO auditor;

CREATE TABLE billing.account (
    id integer GENERATED ALWAYS AS IDENTITY NOT NULL,
    line_id integer NOT NULL,
    address billing.address NOT NULL,
    credit_limit billing.money_amount,
    currency character(3) DEFAULT 'EUR'::bpchar NOT NULL,
    CONSTRAINT account_pkey PRIMARY KEY (id),
    CONSTRAINT account_line_id_key UNIQUE (line_id),
    CONSTRAINT account_currency_check CHECK ((currency)::text = upper((currency)::text))
);
COMMENT ON TABLE billing.account IS 'One per line.';
GRANT SELECT ON TABLE billing.account TO auditor;
GRANT INSERT, SELECT, UPDATE ON TABLE billing.account TO billing_clerk;

CREATE TABLE billing.invoice (
    number bigint DEFAULT nextval('billing.invoice_number'::regclass) NOT NULL,
    account_id integer NOT NULL,
    call_id uuid,
    issued_on date DEFAULT CURRENT_DATE NOT NULL,
    due_on date NOT NULL,
    sent boolean DEFAULT false NOT NULL,
    replaces bigint,
    CONSTRAINT invoice_pkey PRIMARY KEY (number),
    CONSTRAINT invoice_number_account_id_key UNIQUE (number, account_id),
    CONSTRAINT invoice_check CHECK (due_on >= issued_on)
);
COMMENT ON TABLE billing.invoice IS 'A bill for one call, or for a month of small things.';
GRANT SELECT ON TABLE billing.invoice TO auditor;
GRANT INSERT, SELECT, UPDATE ON TABLE billing.invoice TO billing_clerk;
COMMENT ON COLUMN billing.invoice.replaces IS 'The invoice that this one corrects.';

CREATE TABLE billing.invoice_line (
    invoice_number bigint NOT NULL,
    "position" smallint NOT NULL,
    text text NOT NULL,
    quantity numeric(12,3) DEFAULT 1 NOT NULL,
    unit_price billing.money_amount,
    amount numeric(12,2) GENERATED ALWAYS AS (round((quantity * (unit_price)::numeric), 2)) STORED,
    tariff_id integer,
    CONSTRAINT invoice_line_pkey PRIMARY KEY (invoice_number, "position")
);
COMMENT ON TABLE billing.invoice_line IS 'One line of an invoice.';
GRANT SELECT ON TABLE billing.invoice_line TO auditor;
GRANT INSERT, SELECT, UPDATE ON TABLE billing.invoice_line TO billing_clerk;

CREATE TABLE billing.ledger (
    id bigint DEFAULT nextval('billing.ledger_id_seq'::regclass) NOT NULL,
    kind billing.entry_kind NOT NULL,
    account_id integer NOT NULL,
    invoice_number bigint,
    booked_at timestamp with time zone DEFAULT now() NOT NULL,
    amount billing.money_amount,
    CONSTRAINT ledger_pkey PRIMARY KEY (kind, id)
)
PARTITION BY LIST (kind);
COMMENT ON TABLE billing.ledger IS 'Every movement on every account. Nothing is ever changed here, only added.';
GRANT SELECT ON TABLE billing.ledger TO auditor;
GRANT INSERT, SELECT ON TABLE billing.ledger TO billing_clerk;
COMMENT ON COLUMN billing.ledger.amount IS 'Positive: the line owes us more.';

CREATE TABLE billing.ledger_charges (
    id bigint DEFAULT nextval('billing.ledger_id_seq'::regclass) NOT NULL,
    kind billing.entry_kind NOT NULL,
    account_id integer NOT NULL,
    invoice_number bigint,
    booked_at timestamp with time zone DEFAULT now() NOT NULL,
    amount billing.money_amount,
    CONSTRAINT ledger_charges_pkey PRIMARY KEY (kind, id)
);

CREATE TABLE billing.ledger_other (
    id bigint DEFAULT nextval('billing.ledger_id_seq'::regclass) NOT NULL,
    kind billing.entry_kind NOT NULL,
    account_id integer NOT NULL,
    invoice_number bigint,
    booked_at timestamp with time zone DEFAULT now() NOT NULL,
    amount billing.money_amount,
    CONSTRAINT ledger_other_pkey PRIMARY KEY (kind, id)
);

CREATE TABLE billing.ledger_payments (
    id bigint DEFAULT nextval('billing.ledger_id_seq'::regclass) NOT NULL,
    kind billing.entry_kind NOT NULL,
    account_id integer NOT NULL,
    invoice_number bigint,
    booked_at timestamp with time zone DEFAULT now() NOT NULL,
    amount billing.money_amount,
    CONSTRAINT ledger_payments_pkey PRIMARY KEY (kind, id)
);

CREATE TABLE billing.tariff (
    id integer GENERATED ALWAYS AS IDENTITY NOT NULL,
    vessel_kind port.vessel_kind NOT NULL,
    tonnage billing.tonnage_range NOT NULL,
    valid daterange NOT NULL,
    per_tonne numeric(8,4) NOT NULL,
    CONSTRAINT tariff_pkey PRIMARY KEY (id),
    CONSTRAINT tariff_per_tonne_check CHECK (per_tonne >= (0)::numeric)
);
COMMENT ON TABLE billing.tariff IS 'Dues per tonne, by kind of vessel and tonnage, as the council decides them.';
GRANT SELECT ON TABLE billing.tariff TO auditor;

CREATE TABLE cargo.consignment (
    id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
    bill_of_lading text NOT NULL,
    call_id uuid NOT NULL,
    class_code text DEFAULT 'general'::text NOT NULL,
    direction cargo.direction NOT NULL,
    tonnes numeric(10,3) NOT NULL,
    marks text[],
    description text,
    description_words tsvector GENERATED ALWAYS AS (to_tsvector('english'::regconfig, COALESCE(description, ''::text))) STORED,
    CONSTRAINT consignment_pkey PRIMARY KEY (id),
    CONSTRAINT consignment_call_id_bill_of_lading_key UNIQUE (call_id, bill_of_lading),
    CONSTRAINT consignment_tonnes_check CHECK (tonnes >= (0)::numeric)
);
COMMENT ON TABLE cargo.consignment IS 'Goods under one bill of lading, loaded or unloaded during one call.';
COMMENT ON COLUMN cargo.consignment.marks IS 'As painted on crates.';

CREATE TABLE cargo.container (
    code cargo.container_code NOT NULL,
    feet smallint NOT NULL,
    teu numeric(3,2) GENERATED ALWAYS AS (round(((feet)::numeric / 20.0), 2)) STORED,
    reefer boolean DEFAULT false NOT NULL,
    consignment_id bigint,
    CONSTRAINT container_pkey PRIMARY KEY (code),
    CONSTRAINT container_feet_check CHECK (feet = ANY (ARRAY[20, 40, 45]))
);
COMMENT ON TABLE cargo.container IS 'A box. It comes back many times with other goods.';
COMMENT ON COLUMN cargo.container.teu IS 'Twenty-foot equivalent units.';
COMMENT ON COLUMN cargo.container.consignment_id IS 'What is in it now. NULL: empty.';

CREATE TABLE cargo.container_move (
    container_code cargo.container_code NOT NULL,
    moved_at timestamp with time zone NOT NULL,
    crane smallint,
    from_slot text,
    to_slot text,
    CONSTRAINT container_move_pkey PRIMARY KEY (container_code, moved_at)
)
PARTITION BY HASH (container_code);
COMMENT ON TABLE cargo.container_move IS 'Every time a crane has picked a box up and put it down.';

CREATE TABLE cargo.container_move_0 (
    container_code cargo.container_code NOT NULL,
    moved_at timestamp with time zone NOT NULL,
    crane smallint,
    from_slot text,
    to_slot text,
    CONSTRAINT container_move_0_pkey PRIMARY KEY (container_code, moved_at)
);

CREATE TABLE cargo.container_move_1 (
    container_code cargo.container_code NOT NULL,
    moved_at timestamp with time zone NOT NULL,
    crane smallint,
    from_slot text,
    to_slot text,
    CONSTRAINT container_move_1_pkey PRIMARY KEY (container_code, moved_at)
);

CREATE TABLE cargo.container_move_2 (
    container_code cargo.container_code NOT NULL,
    moved_at timestamp with time zone NOT NULL,
    crane smallint,
    from_slot text,
    to_slot text,
    CONSTRAINT container_move_2_pkey PRIMARY KEY (container_code, moved_at)
);

CREATE TABLE cargo.customs_hold (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    container_code cargo.container_code NOT NULL,
    ordered_by text NOT NULL,
    placed_at timestamp with time zone DEFAULT now() NOT NULL,
    lifted_at timestamp with time zone,
    seal text,
    CONSTRAINT customs_hold_pkey PRIMARY KEY (id),
    CONSTRAINT customs_hold_check CHECK (lifted_at > placed_at)
);
COMMENT ON TABLE cargo.customs_hold IS 'Until it is lifted the box does not leave the yard.';

CREATE TABLE cargo.dangerous_goods (
    consignment_id bigint NOT NULL,
    un_number smallint NOT NULL,
    class text NOT NULL,
    flash_point numeric(4,1),
    emergency_contact text NOT NULL,
    CONSTRAINT dangerous_goods_pkey PRIMARY KEY (consignment_id, un_number),
    CONSTRAINT dangerous_goods_un_number_check CHECK ((un_number >= 1) AND (un_number <= 3600))
);
COMMENT ON TABLE cargo.dangerous_goods IS 'What the fire brigade wants to know before it comes.';
COMMENT ON COLUMN cargo.dangerous_goods.flash_point IS 'In °C.';

CREATE TABLE port.berth (
    terminal_id smallint NOT NULL,
    number smallint NOT NULL,
    length port.metres NOT NULL,
    depth port.metres NOT NULL,
    shore_power boolean DEFAULT false NOT NULL,
    remarks text,
    CONSTRAINT berth_pkey PRIMARY KEY (terminal_id, number),
    CONSTRAINT berth_number_check CHECK ((number >= 1) AND (number <= 99))
);

ALTER TABLE ONLY port.berth ALTER COLUMN remarks SET STORAGE EXTERNAL;
COMMENT ON TABLE port.berth IS 'A place at a quay where one vessel lies.';
GRANT SELECT ON TABLE port.berth TO PUBLIC;
COMMENT ON COLUMN port.berth.number IS 'Counted from the sea inward, anew in each terminal.';
COMMENT ON COLUMN port.berth.depth IS 'At lowest astronomical tide, after the last sounding.';
COMMENT ON COLUMN port.berth.shore_power IS 'Whether a vessel can switch its engines off.';

CREATE TABLE port.berth_booking (
    id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
    call_id uuid NOT NULL,
    terminal_id smallint,
    berth_number smallint,
    during tstzrange NOT NULL,
    CONSTRAINT berth_booking_pkey PRIMARY KEY (id)
);
COMMENT ON TABLE port.berth_booking IS 'A call holds a berth for some time. Without a berth it waits at anchor.';
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE port.berth_booking TO harbour_master;

CREATE TABLE port.berth_closure (
    id integer GENERATED ALWAYS AS IDENTITY NOT NULL,
    terminal_id smallint NOT NULL,
    berth_number smallint NOT NULL,
    during daterange NOT NULL,
    reason text NOT NULL,
    CONSTRAINT berth_closure_pkey PRIMARY KEY (id),
    CONSTRAINT berth_closure_during_check CHECK (NOT isempty(during))
);
COMMENT ON TABLE port.berth_closure IS 'Days on which a berth takes no vessel: dredging, repairs, a regatta.';
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE port.berth_closure TO harbour_master;

CREATE TABLE port.call (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    vessel_id integer NOT NULL,
    agent name DEFAULT CURRENT_USER NOT NULL,
    state port.call_state DEFAULT 'announced'::port.call_state NOT NULL,
    expected tstzrange NOT NULL,
    previous_port text,
    next_port text,
    papers jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    cancelled_because text,
    CONSTRAINT call_pkey PRIMARY KEY (id),
    CONSTRAINT call_comes_before_it_goes CHECK ((lower(expected) IS NOT NULL) AND (NOT isempty(expected)))
);
COMMENT ON TABLE port.call IS 'One visit of one vessel, from announcement to departure.';
GRANT DELETE, INSERT, SELECT, UPDATE ON TABLE port.call TO harbour_master;
GRANT INSERT, SELECT ON TABLE port.call TO shipping_agent;
COMMENT ON COLUMN port.call.agent IS 'The role of the shipping agent who announced it. Row-level security looks at it.';
GRANT UPDATE (state) ON TABLE port.call TO pilot_office;
COMMENT ON COLUMN port.call.expected IS 'From arrival to departure, as far as is known.';
COMMENT ON COLUMN port.call.papers IS 'What the agent sent, as it came. See the guide for agents.';

CREATE TABLE port.call_event (
    id bigint DEFAULT nextval('port.call_event_id_seq'::regclass) NOT NULL,
    call_id uuid NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    kind text NOT NULL,
    details jsonb,
    CONSTRAINT call_event_pkey PRIMARY KEY (occurred_at, id)
)
PARTITION BY RANGE (occurred_at);
COMMENT ON TABLE port.call_event IS 'The log of a call: sighted, anchored, moored, bunkered, inspected…';
COMMENT ON COLUMN port.call_event.kind IS 'A word of the traffic service''s vocabulary.';

CREATE TABLE port.call_event_2024 (
    id bigint DEFAULT nextval('port.call_event_id_seq'::regclass) NOT NULL,
    call_id uuid NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    kind text NOT NULL,
    details jsonb,
    CONSTRAINT call_event_2024_pkey PRIMARY KEY (occurred_at, id)
);

CREATE TABLE port.call_event_2025 (
    id bigint DEFAULT nextval('port.call_event_id_seq'::regclass) NOT NULL,
    call_id uuid NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    kind text NOT NULL,
    details jsonb,
    CONSTRAINT call_event_2025_pkey PRIMARY KEY (occurred_at, id)
);
COMMENT ON COLUMN port.call_event_2025.kind IS 'A word of the traffic service''s vocabulary.';

CREATE TABLE port.call_event_other (
    id bigint DEFAULT nextval('port.call_event_id_seq'::regclass) NOT NULL,
    call_id uuid NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    kind text NOT NULL,
    details jsonb,
    CONSTRAINT call_event_other_pkey PRIMARY KEY (occurred_at, id)
);
COMMENT ON TABLE port.call_event_other IS 'Should be empty: clocks on board are sometimes wrong by years.';

CREATE TABLE port.line (
    id integer GENERATED BY DEFAULT AS IDENTITY (START WITH 100 INCREMENT BY 10) NOT NULL,
    name public.citext NOT NULL,
    country_code character(2) NOT NULL,
    website text,
    CONSTRAINT line_pkey PRIMARY KEY (id),
    CONSTRAINT line_name_key UNIQUE (name),
    CONSTRAINT line_website_check CHECK (website ~~ 'https://%'::text)
);
COMMENT ON TABLE port.line IS 'A company that sails vessels.';
GRANT SELECT ON TABLE port.line TO PUBLIC;
COMMENT ON COLUMN port.line.id IS 'Numbers below 100 are those of the old card index.';

CREATE TABLE port.pilotage (
    call_id uuid NOT NULL,
    inbound boolean NOT NULL,
    pilot_id integer,
    boarded_at timestamp with time zone,
    left_at timestamp with time zone,
    CONSTRAINT pilotage_pkey PRIMARY KEY (call_id, inbound)
);
COMMENT ON TABLE port.pilotage IS 'A pilot takes a vessel in, and one takes it out again.';
GRANT INSERT, SELECT, UPDATE ON TABLE port.pilotage TO pilot_office;

CREATE UNLOGGED TABLE port.position_report (
    vessel_id integer NOT NULL,
    received_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    "position" port."position" NOT NULL,
    speed real,
    heading smallint,
    CONSTRAINT position_report_heading_check CHECK ((heading >= 0) AND (heading < 360))
);
COMMENT ON TABLE port.position_report IS 'Where vessels are right now. Not logged: it may be lost in a crash.';
COMMENT ON COLUMN port.position_report.speed IS 'Over ground, in knots.';

CREATE TABLE port.terminal (
    id smallint DEFAULT nextval('port.terminal_id_seq'::regclass) NOT NULL,
    code character varying(8) NOT NULL,
    name text NOT NULL,
    kind port.terminal_kind NOT NULL,
    entrance port."position",
    opened_on date,
    gate_phone text,
    CONSTRAINT terminal_pkey PRIMARY KEY (id),
    CONSTRAINT terminal_code_key UNIQUE (code)
);
COMMENT ON TABLE port.terminal IS 'A part of the harbour with one operator and one gate.';
GRANT SELECT ON TABLE port.terminal TO PUBLIC;
COMMENT ON COLUMN port.terminal.code IS 'As painted on the sheds: `NQ`, `OIL2`.';
COMMENT ON COLUMN port.terminal.entrance IS 'Where trucks enter.';
COMMENT ON COLUMN port.terminal.gate_phone IS 'Answered day and night.';

CREATE TABLE port.vessel (
    id integer GENERATED ALWAYS AS IDENTITY NOT NULL,
    imo port.imo_number,
    name public.citext NOT NULL,
    kind port.vessel_kind DEFAULT 'other'::port.vessel_kind NOT NULL,
    flag character(2) NOT NULL,
    line_id integer,
    length port.metres NOT NULL,
    beam port.metres NOT NULL,
    draught port.metres NOT NULL,
    footprint numeric GENERATED ALWAYS AS (((length)::numeric * (beam)::numeric)) STORED,
    call_sign character varying(10) COLLATE pg_catalog."C",
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT vessel_pkey PRIMARY KEY (id),
    CONSTRAINT vessel_imo_key UNIQUE (imo),
    CONSTRAINT vessel_is_longer_than_wide CHECK ((length)::numeric > (beam)::numeric)
);
COMMENT ON TABLE port.vessel IS 'A ship that has called here, or has announced that it will.';
GRANT SELECT ON TABLE port.vessel TO PUBLIC;
COMMENT ON COLUMN port.vessel.imo IS 'Absent for small craft.';
COMMENT ON COLUMN port.vessel.draught IS 'Fully laden, in salt water.';
COMMENT ON COLUMN port.vessel.footprint IS 'Square metres of water, for the harbour dues.';

CREATE TABLE port.vessel_old_name (
    vessel_id integer NOT NULL,
    name public.citext NOT NULL,
    until date,
    CONSTRAINT vessel_old_name_vessel_id_until_key UNIQUE NULLS NOT DISTINCT (vessel_id, until)
);
COMMENT ON TABLE port.vessel_old_name IS 'Names that a vessel had before. At most one without a date.';

CREATE TABLE ref.cargo_class (
    code text NOT NULL,
    parent_code text,
    name text NOT NULL,
    hazardous boolean DEFAULT false NOT NULL,
    CONSTRAINT cargo_class_pkey PRIMARY KEY (code)
);
COMMENT ON TABLE ref.cargo_class IS 'A tree of kinds of goods.';
COMMENT ON COLUMN ref.cargo_class.parent_code IS 'NULL at the roots.';

CREATE TABLE ref.country (
    code character(2) NOT NULL,
    name public.citext NOT NULL,
    flag_of_convenience boolean DEFAULT false NOT NULL,
    CONSTRAINT country_pkey PRIMARY KEY (code),
    CONSTRAINT country_name_key UNIQUE (name),
    CONSTRAINT country_code_check CHECK (code ~ '^[A-Z]{2}$'::text)
);
COMMENT ON TABLE ref.country IS 'Countries, as flags of vessels and homes of companies.';
COMMENT ON COLUMN ref.country.code IS 'ISO 3166-1, two letters.';
COMMENT ON COLUMN ref.country.flag_of_convenience IS 'As the transport workers'' federation lists it.';

CREATE FOREIGN TABLE ref.tide (
    at timestamp with time zone NOT NULL,
    level numeric(4,2),
    surge numeric(4,2)
)
SERVER tide_gauge OPTIONS (filename '/srv/harbour/tide.csv', format 'csv', header 'true');
COMMENT ON FOREIGN TABLE ref.tide IS 'Water levels, measured and astronomical.';
COMMENT ON COLUMN ref.tide.surge IS 'Metres above what the moon alone would do.';

CREATE TABLE staff.employee (
    id integer GENERATED ALWAYS AS IDENTITY NOT NULL,
    number integer DEFAULT nextval('staff.employee_number'::regclass) NOT NULL,
    name text NOT NULL,
    email public.citext,
    manager_id integer,
    hired_on date DEFAULT CURRENT_DATE NOT NULL,
    left_on date,
    password_hash text,
    CONSTRAINT employee_pkey PRIMARY KEY (id),
    CONSTRAINT employee_email_key UNIQUE (email),
    CONSTRAINT employee_number_key UNIQUE (number),
    CONSTRAINT employee_is_not_their_own_manager CHECK (manager_id <> id),
    CONSTRAINT employee_leaves_after_hiring CHECK ((left_on IS NULL) OR (left_on >= hired_on))
);
COMMENT ON TABLE staff.employee IS '[personal data]

Everybody on the payroll, and everybody who was.';
GRANT SELECT ON TABLE staff.employee TO auditor WITH GRANT OPTION;
GRANT SELECT (id) ON TABLE staff.employee TO pilot_office;
GRANT SELECT (id) ON TABLE staff.employee TO shipping_agent;
GRANT SELECT (name) ON TABLE staff.employee TO pilot_office;
GRANT SELECT (name) ON TABLE staff.employee TO shipping_agent;
COMMENT ON COLUMN staff.employee.email IS 'Compared without regard to case.';
GRANT SELECT (email) ON TABLE staff.employee TO pilot_office;
GRANT SELECT (email) ON TABLE staff.employee TO shipping_agent;
COMMENT ON COLUMN staff.employee.password_hash IS 'Made by `crypt()` of pgcrypto.';

CREATE TABLE staff.pilot (
    employee_id integer NOT NULL,
    licence_number text NOT NULL,
    max_length port.metres,
    CONSTRAINT pilot_pkey PRIMARY KEY (employee_id),
    CONSTRAINT pilot_licence_number_key UNIQUE (licence_number)
);
COMMENT ON TABLE staff.pilot IS 'An employee with a pilot''s licence. One to one.';
GRANT SELECT ON TABLE staff.pilot TO pilot_office;
COMMENT ON COLUMN staff.pilot.max_length IS 'The longest vessel that the licence covers. NULL: any.';

CREATE FUNCTION audit.count_moves()
    RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE DEBUG '% boxes moved', (SELECT count(*) FROM moved);
    RETURN NULL;
END
$$;

CREATE FUNCTION audit.note_ddl()
    RETURNS event_trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO audit.schema_change (id, command, object)
    OVERRIDING SYSTEM VALUE
    SELECT nextval('audit.entry_id_seq'), command_tag, object_identity FROM pg_event_trigger_ddl_commands();
END
$$;

CREATE FUNCTION audit.note_row()
    RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
    INSERT INTO audit.row_change (id, table_name, operation, before, after)
    OVERRIDING SYSTEM VALUE
    VALUES (
        nextval('audit.entry_id_seq'), format('%I.%I', TG_TABLE_SCHEMA, TG_TABLE_NAME), TG_OP,
        CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) - TG_ARGV END,
        CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) - TG_ARGV END
    );
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION audit.note_row() IS 'Writes audit.row_change. Its arguments are columns to leave out.';

CREATE FUNCTION billing.balance(account integer, at timestamp with time zone DEFAULT now())
    RETURNS numeric
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
    SELECT coalesce(sum(amount), 0) FROM billing.ledger WHERE account_id = account AND booked_at <= at
$$;
COMMENT ON FUNCTION billing.balance(account integer, at timestamp with time zone) IS 'What a line owes. May be asked by those who may not read the ledger.';
REVOKE EXECUTE ON FUNCTION billing.balance(account integer, at timestamp with time zone) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION billing.balance(account integer, at timestamp with time zone) TO billing_clerk;
GRANT EXECUTE ON FUNCTION billing.balance(account integer, at timestamp with time zone) TO shipping_agent;

CREATE PROCEDURE billing.close_month(month date, INOUT closed integer DEFAULT 0)
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE billing.invoice SET sent = true
     WHERE NOT sent AND issued_on >= date_trunc('month', month) AND issued_on < date_trunc('month', month) + '1 month'::interval;
    GET DIAGNOSTICS closed = ROW_COUNT;
END
$$;
COMMENT ON PROCEDURE billing.close_month(IN month date, INOUT closed integer) IS 'Sends what is still unsent, and says how many that were.';

CREATE FUNCTION cargo.add_teu(total numeric, feet smallint)
    RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT total + coalesce(feet, 0) / 20.0 $$;

CREATE FUNCTION port.check_pilot()
    RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    allowed port.metres;
    needed port.metres;
BEGIN
    SELECT pilot.max_length INTO allowed FROM staff.pilot WHERE pilot.employee_id = NEW.pilot_id;
    SELECT vessel.length INTO needed
      FROM port.call JOIN port.vessel ON vessel.id = call.vessel_id
     WHERE call.id = NEW.call_id;
    IF needed > allowed THEN
        RAISE EXCEPTION 'the licence covers % m, the vessel has % m', allowed, needed
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION port.check_pilot() IS 'Refuses a pilot whose licence does not cover the vessel.';

CREATE FUNCTION port.free_berths(needed port.metres, wanted tstzrange)
    RETURNS TABLE(terminal text, berth smallint, spare numeric)
    LANGUAGE sql STABLE ROWS 20
    AS $$
    SELECT terminal.name, berth.number, berth.length - needed
      FROM port.berth JOIN port.terminal ON terminal.id = berth.terminal_id
     WHERE berth.length >= needed
       AND NOT EXISTS (
           SELECT FROM port.berth_booking booking
            WHERE booking.terminal_id = berth.terminal_id AND booking.berth_number = berth.number
              AND booking.during && wanted)
$$;
COMMENT ON FUNCTION port.free_berths(needed port.metres, wanted tstzrange) IS 'Berths that are long enough and free, with the metres to spare.';

CREATE FUNCTION ref.touch()
    RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION ref.touch() IS 'Keeps updated_at true. For BEFORE UPDATE triggers.';

CREATE FUNCTION staff.correct_pilot()
    RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE staff.employee SET name = NEW.name, email = NEW.email WHERE id = NEW.id;
    RETURN NEW;
END
$$;

CREATE FUNCTION staff.seconds_between(later time without time zone, earlier time without time zone)
    RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT extract(epoch FROM later - earlier)::double precision $$;
COMMENT ON FUNCTION staff.seconds_between(later time without time zone, earlier time without time zone) IS 'What a GiST index needs to know about staff.time_range.';

CREATE TYPE staff.time_range AS RANGE (
    SUBTYPE = time without time zone,
    SUBTYPE_DIFF = staff.seconds_between,
    MULTIRANGE_TYPE_NAME = staff.time_multirange
);
COMMENT ON TYPE staff.time_range IS 'A part of a day, such as a shift.';

CREATE TABLE staff.shift (
    employee_id integer NOT NULL,
    day date NOT NULL,
    hours staff.time_range NOT NULL
);
COMMENT ON TABLE staff.shift IS 'The roster. Two shifts may be swapped within one transaction.';
GRANT SELECT ON TABLE staff.shift TO pilot_office;

CREATE AGGREGATE cargo.teu(smallint) (
    SFUNC = cargo.add_teu,
    STYPE = numeric,
    INITCOND = '0',
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE cargo.teu(smallint) IS 'Sums lengths in feet to twenty-foot equivalent units.';

CREATE MATERIALIZED VIEW billing.line_turnover AS
SELECT line.id AS line_id,
    line.name,
    date_trunc('month'::text, (invoice.issued_on)::timestamp without time zone) AS month,
    sum(invoice_line.amount) AS amount,
    count(DISTINCT invoice.number) AS invoices
   FROM (((port.line
     JOIN billing.account ON ((account.line_id = line.id)))
     JOIN billing.invoice ON ((invoice.account_id = account.id)))
     JOIN billing.invoice_line ON ((invoice_line.invoice_number = invoice.number)))
  GROUP BY line.id, line.name, (date_trunc('month'::text, (invoice.issued_on)::timestamp without time zone))
  WITH NO DATA;
COMMENT ON MATERIALIZED VIEW billing.line_turnover IS 'Refreshed every night, beside the readers.';

CREATE VIEW cargo.held_containers AS
SELECT container.code,
    container.feet,
    hold.ordered_by,
    hold.placed_at,
    consignment.bill_of_lading
   FROM ((cargo.customs_hold hold
     JOIN cargo.container ON (((container.code)::text = (hold.container_code)::text)))
     LEFT JOIN cargo.consignment ON ((consignment.id = container.consignment_id)))
  WHERE (hold.lifted_at IS NULL);
COMMENT ON VIEW cargo.held_containers IS 'What must not leave the yard.';

CREATE VIEW port.arrivals WITH (security_invoker = true) AS
SELECT call.id,
    vessel.name AS vessel,
    vessel.kind,
    line.name AS line,
    lower(call.expected) AS arrives,
    call.state
   FROM ((port.call
     JOIN port.vessel ON ((vessel.id = call.vessel_id)))
     LEFT JOIN port.line ON ((line.id = vessel.line_id)))
  WHERE (call.state = ANY (ARRAY['announced'::port.call_state, 'confirmed'::port.call_state]));
COMMENT ON VIEW port.arrivals IS 'Who is coming. Each sees what port.call lets them see.';
GRANT SELECT ON TABLE port.arrivals TO pilot_office;
GRANT SELECT ON TABLE port.arrivals TO shipping_agent;
COMMENT ON COLUMN port.arrivals.arrives IS 'As announced, not as estimated.';

CREATE VIEW port.berth_occupancy AS
SELECT terminal.code,
    berth.number,
    booking.during,
    vessel.name AS vessel
   FROM ((((port.berth
     JOIN port.terminal ON ((terminal.id = berth.terminal_id)))
     LEFT JOIN port.berth_booking booking ON (((booking.terminal_id = berth.terminal_id) AND (booking.berth_number = berth.number))))
     LEFT JOIN port.call ON ((call.id = booking.call_id)))
     LEFT JOIN port.vessel ON ((vessel.id = call.vessel_id)));
COMMENT ON VIEW port.berth_occupancy IS 'Every berth with what lies there, and when.';
GRANT SELECT ON TABLE port.berth_occupancy TO PUBLIC;

CREATE VIEW staff.pilot_directory AS
SELECT employee.id,
    employee.name,
    employee.email,
    pilot.licence_number
   FROM (staff.employee
     JOIN staff.pilot ON ((pilot.employee_id = employee.id)))
  WHERE (employee.left_on IS NULL);
COMMENT ON VIEW staff.pilot_directory IS 'Pilots on duty. A name can be corrected here.';
GRANT SELECT ON TABLE staff.pilot_directory TO pilot_office;
GRANT UPDATE (name) ON TABLE staff.pilot_directory TO pilot_office;
GRANT UPDATE (email) ON TABLE staff.pilot_directory TO pilot_office;

ALTER SEQUENCE billing.ledger_id_seq OWNED BY billing.ledger.id;

ALTER SEQUENCE port.call_event_id_seq OWNED BY port.call_event.id;

ALTER SEQUENCE port.terminal_id_seq OWNED BY port.terminal.id;

ALTER SEQUENCE staff.employee_number OWNED BY staff.employee.number;

ALTER TABLE billing.tariff
    ADD CONSTRAINT one_tariff_at_a_time EXCLUDE USING gist (vessel_kind WITH =, tonnage WITH &&, valid WITH &&);

ALTER TABLE port.berth_booking
    ADD CONSTRAINT bookings_do_not_overlap EXCLUDE USING gist (terminal_id WITH =, berth_number WITH =, during WITH &&) WHERE ((terminal_id IS NOT NULL));

ALTER TABLE port.berth_closure
    ADD CONSTRAINT closures_do_not_overlap EXCLUDE USING gist (terminal_id WITH =, berth_number WITH =, during WITH &&);
COMMENT ON CONSTRAINT closures_do_not_overlap ON port.berth_closure IS 'A berth is closed for one reason at a time. btree_gist makes = work in a GiST index.';

ALTER TABLE staff.shift
    ADD CONSTRAINT shift_employee_id_day_hours_excl EXCLUDE USING gist (employee_id WITH =, day WITH =, hours WITH &&) DEFERRABLE INITIALLY DEFERRED;

CREATE INDEX row_change_table_idx ON audit.row_change USING btree (table_name, at);

CREATE INDEX invoice_account_idx ON billing.invoice USING btree (account_id);

CREATE INDEX invoice_overdue_idx ON billing.invoice USING btree (due_on) INCLUDE (account_id) WHERE (sent);

CREATE INDEX ledger_account_idx ON billing.ledger USING btree (account_id, booked_at);

CREATE INDEX ledger_charges_account_id_booked_at_idx ON billing.ledger_charges USING btree (account_id, booked_at);

CREATE INDEX ledger_other_account_id_booked_at_idx ON billing.ledger_other USING btree (account_id, booked_at);

CREATE INDEX ledger_payments_account_id_booked_at_idx ON billing.ledger_payments USING btree (account_id, booked_at);

CREATE INDEX consignment_class_idx ON cargo.consignment USING btree (class_code);

CREATE INDEX consignment_words_idx ON cargo.consignment USING gin (description_words);

CREATE INDEX container_consignment_idx ON cargo.container USING btree (consignment_id);

CREATE UNIQUE INDEX customs_hold_one_open ON cargo.customs_hold USING btree (container_code) WHERE (lifted_at IS NULL);
COMMENT ON INDEX cargo.customs_hold_one_open IS 'A box is held once at a time.';

CREATE INDEX berth_booking_call_idx ON port.berth_booking USING btree (call_id);

CREATE INDEX call_expected_idx ON port.call USING gist (expected);

CREATE INDEX call_open_idx ON port.call USING btree (state) WHERE (state <> 'departed'::port.call_state);

CREATE INDEX call_papers_idx ON port.call USING gin (papers jsonb_path_ops);

CREATE INDEX call_vessel_idx ON port.call USING btree (vessel_id, lower(expected) DESC NULLS LAST);

CREATE INDEX call_event_call_idx ON port.call_event USING btree (call_id, occurred_at);

CREATE INDEX call_event_occurred_idx ON port.call_event USING brin (occurred_at);

CREATE INDEX call_event_2024_call_id_occurred_at_idx ON port.call_event_2024 USING btree (call_id, occurred_at);

CREATE INDEX call_event_2024_occurred_at_idx ON port.call_event_2024 USING brin (occurred_at);

CREATE INDEX call_event_2025_call_id_occurred_at_idx ON port.call_event_2025 USING btree (call_id, occurred_at);

CREATE INDEX call_event_2025_occurred_at_idx ON port.call_event_2025 USING brin (occurred_at);

CREATE INDEX call_event_other_call_id_occurred_at_idx ON port.call_event_other USING btree (call_id, occurred_at);

CREATE INDEX call_event_other_occurred_at_idx ON port.call_event_other USING brin (occurred_at);

CREATE INDEX pilotage_pilot_idx ON port.pilotage USING btree (pilot_id) WHERE (left_at IS NULL);

CREATE INDEX position_report_recent_idx ON port.position_report USING btree (vessel_id, received_at DESC);

CREATE UNIQUE INDEX vessel_call_sign_key ON port.vessel USING btree (upper((call_sign)::text)) WHERE (call_sign IS NOT NULL);

CREATE INDEX vessel_flag_and_kind_idx ON port.vessel USING btree (flag) INCLUDE (kind);

CREATE INDEX vessel_line_idx ON port.vessel USING btree (line_id) WHERE (line_id IS NOT NULL);

CREATE INDEX vessel_name_trigrams ON port.vessel USING gin (name public.gin_trgm_ops);
COMMENT ON INDEX port.vessel_name_trigrams IS 'For the search box of the web site, which forgives typing errors.';

CREATE UNIQUE INDEX line_turnover_key ON billing.line_turnover USING btree (line_id, month);

ALTER TABLE ONLY billing.ledger ATTACH PARTITION billing.ledger_charges FOR VALUES IN ('due', 'fee');

ALTER TABLE ONLY billing.ledger ATTACH PARTITION billing.ledger_other DEFAULT;

ALTER TABLE ONLY billing.ledger ATTACH PARTITION billing.ledger_payments FOR VALUES IN ('payment');

ALTER TABLE ONLY cargo.container_move ATTACH PARTITION cargo.container_move_0 FOR VALUES WITH (modulus 3, remainder 0);

ALTER TABLE ONLY cargo.container_move ATTACH PARTITION cargo.container_move_1 FOR VALUES WITH (modulus 3, remainder 1);

ALTER TABLE ONLY cargo.container_move ATTACH PARTITION cargo.container_move_2 FOR VALUES WITH (modulus 3, remainder 2);

ALTER TABLE ONLY port.call_event ATTACH PARTITION port.call_event_2024 FOR VALUES FROM ('2024-01-01 00:00:00+00') TO ('2025-01-01 00:00:00+00');

ALTER TABLE ONLY port.call_event ATTACH PARTITION port.call_event_2025 FOR VALUES FROM ('2025-01-01 00:00:00+00') TO ('2026-01-01 00:00:00+00');

ALTER TABLE ONLY port.call_event ATTACH PARTITION port.call_event_other DEFAULT;

ALTER TABLE port.call
    ADD CONSTRAINT call_cancelled_in_time CHECK ((cancelled_because IS NULL) OR (state <> 'moored'::port.call_state)) NOT VALID;
COMMENT ON CONSTRAINT call_cancelled_in_time ON port.call IS 'Not valid for calls from before June 2024.';

ALTER TABLE billing.ledger_charges
    ADD CONSTRAINT ledger_invoice_number_account_id_fkey FOREIGN KEY (invoice_number, account_id) REFERENCES billing.invoice (number, account_id);

ALTER TABLE billing.ledger_other
    ADD CONSTRAINT ledger_invoice_number_account_id_fkey FOREIGN KEY (invoice_number, account_id) REFERENCES billing.invoice (number, account_id);

ALTER TABLE billing.ledger_payments
    ADD CONSTRAINT ledger_invoice_number_account_id_fkey FOREIGN KEY (invoice_number, account_id) REFERENCES billing.invoice (number, account_id);

ALTER TABLE cargo.container_move_0
    ADD CONSTRAINT container_move_container_code_fkey FOREIGN KEY (container_code) REFERENCES cargo.container (code);

ALTER TABLE cargo.container_move_1
    ADD CONSTRAINT container_move_container_code_fkey FOREIGN KEY (container_code) REFERENCES cargo.container (code);

ALTER TABLE cargo.container_move_2
    ADD CONSTRAINT container_move_container_code_fkey FOREIGN KEY (container_code) REFERENCES cargo.container (code);

ALTER TABLE port.call_event_2024
    ADD CONSTRAINT call_event_call_id_fkey FOREIGN KEY (call_id) REFERENCES port.call (id) ON DELETE CASCADE;

ALTER TABLE port.call_event_2025
    ADD CONSTRAINT call_event_call_id_fkey FOREIGN KEY (call_id) REFERENCES port.call (id) ON DELETE CASCADE;

ALTER TABLE port.call_event_other
    ADD CONSTRAINT call_event_call_id_fkey FOREIGN KEY (call_id) REFERENCES port.call (id) ON DELETE CASCADE;

ALTER TABLE billing.account
    ADD CONSTRAINT account_line_id_fkey FOREIGN KEY (line_id) REFERENCES port.line (id) ON DELETE RESTRICT;

ALTER TABLE billing.invoice
    ADD CONSTRAINT invoice_account_id_fkey FOREIGN KEY (account_id) REFERENCES billing.account (id);

ALTER TABLE billing.invoice
    ADD CONSTRAINT invoice_call_id_fkey FOREIGN KEY (call_id) REFERENCES port.call (id) ON DELETE SET NULL;

ALTER TABLE billing.invoice
    ADD CONSTRAINT invoice_replaces_fkey FOREIGN KEY (replaces) REFERENCES billing.invoice (number);

ALTER TABLE billing.invoice_line
    ADD CONSTRAINT invoice_line_invoice_number_fkey FOREIGN KEY (invoice_number) REFERENCES billing.invoice (number) ON DELETE CASCADE;

ALTER TABLE billing.invoice_line
    ADD CONSTRAINT invoice_line_tariff_id_fkey FOREIGN KEY (tariff_id) REFERENCES billing.tariff (id);

ALTER TABLE billing.ledger
    ADD CONSTRAINT ledger_invoice_number_account_id_fkey FOREIGN KEY (invoice_number, account_id) REFERENCES billing.invoice (number, account_id);

ALTER TABLE cargo.consignment
    ADD CONSTRAINT consignment_call_id_fkey FOREIGN KEY (call_id) REFERENCES port.call (id);

ALTER TABLE cargo.consignment
    ADD CONSTRAINT consignment_class_code_fkey FOREIGN KEY (class_code) REFERENCES ref.cargo_class (code) ON UPDATE CASCADE ON DELETE SET DEFAULT;

ALTER TABLE cargo.container
    ADD CONSTRAINT container_consignment_id_fkey FOREIGN KEY (consignment_id) REFERENCES cargo.consignment (id) ON DELETE SET NULL;

ALTER TABLE cargo.container_move
    ADD CONSTRAINT container_move_container_code_fkey FOREIGN KEY (container_code) REFERENCES cargo.container (code);

ALTER TABLE cargo.customs_hold
    ADD CONSTRAINT customs_hold_container_code_fkey FOREIGN KEY (container_code) REFERENCES cargo.container (code) ON UPDATE CASCADE;

ALTER TABLE cargo.dangerous_goods
    ADD CONSTRAINT dangerous_goods_consignment_id_fkey FOREIGN KEY (consignment_id) REFERENCES cargo.consignment (id) ON DELETE CASCADE;

ALTER TABLE port.berth
    ADD CONSTRAINT berth_terminal_id_fkey FOREIGN KEY (terminal_id) REFERENCES port.terminal (id) ON UPDATE CASCADE ON DELETE RESTRICT;

ALTER TABLE port.berth_booking
    ADD CONSTRAINT berth_booking_call_id_fkey FOREIGN KEY (call_id) REFERENCES port.call (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE port.berth_booking
    ADD CONSTRAINT booking_names_a_whole_berth FOREIGN KEY (terminal_id, berth_number) REFERENCES port.berth (terminal_id, number) MATCH FULL ON UPDATE CASCADE;
COMMENT ON CONSTRAINT booking_names_a_whole_berth ON port.berth_booking IS 'Both columns or neither.';

ALTER TABLE port.berth_closure
    ADD CONSTRAINT berth_closure_terminal_id_berth_number_fkey FOREIGN KEY (terminal_id, berth_number) REFERENCES port.berth (terminal_id, number) ON UPDATE CASCADE ON DELETE CASCADE;

ALTER TABLE port.call
    ADD CONSTRAINT call_vessel_id_fkey FOREIGN KEY (vessel_id) REFERENCES port.vessel (id) ON DELETE RESTRICT;

ALTER TABLE port.call_event
    ADD CONSTRAINT call_event_call_id_fkey FOREIGN KEY (call_id) REFERENCES port.call (id) ON DELETE CASCADE;

ALTER TABLE port.line
    ADD CONSTRAINT line_country_code_fkey FOREIGN KEY (country_code) REFERENCES ref.country (code);

ALTER TABLE port.pilotage
    ADD CONSTRAINT pilotage_call_id_fkey FOREIGN KEY (call_id) REFERENCES port.call (id) ON DELETE CASCADE;

ALTER TABLE port.pilotage
    ADD CONSTRAINT pilotage_pilot_id_fkey FOREIGN KEY (pilot_id) REFERENCES staff.pilot (employee_id) ON DELETE SET NULL (pilot_id);

ALTER TABLE port.position_report
    ADD CONSTRAINT position_report_vessel_fkey FOREIGN KEY (vessel_id) REFERENCES port.vessel (id) NOT VALID;

ALTER TABLE port.vessel
    ADD CONSTRAINT vessel_flies_a_flag FOREIGN KEY (flag) REFERENCES ref.country (code);

ALTER TABLE port.vessel
    ADD CONSTRAINT vessel_line_id_fkey FOREIGN KEY (line_id) REFERENCES port.line (id) ON DELETE SET NULL;

ALTER TABLE port.vessel_old_name
    ADD CONSTRAINT vessel_old_name_vessel_id_fkey FOREIGN KEY (vessel_id) REFERENCES port.vessel (id) ON DELETE CASCADE;

ALTER TABLE ref.cargo_class
    ADD CONSTRAINT cargo_class_parent_code_fkey FOREIGN KEY (parent_code) REFERENCES ref.cargo_class (code) ON UPDATE CASCADE;

ALTER TABLE staff.employee
    ADD CONSTRAINT employee_manager_id_fkey FOREIGN KEY (manager_id) REFERENCES staff.employee (id) ON DELETE SET NULL;

ALTER TABLE staff.pilot
    ADD CONSTRAINT pilot_employee_id_fkey FOREIGN KEY (employee_id) REFERENCES staff.employee (id) ON DELETE CASCADE;

ALTER TABLE staff.shift
    ADD CONSTRAINT shift_employee_id_fkey FOREIGN KEY (employee_id) REFERENCES staff.employee (id) ON DELETE CASCADE;

CREATE STATISTICS cargo.hold_length ON ((lifted_at - placed_at)) FROM cargo.customs_hold;

CREATE STATISTICS port.vessel_flag_and_line (dependencies, ndistinct) ON flag, line_id FROM port.vessel;
COMMENT ON STATISTICS port.vessel_flag_and_line IS 'A line registers most of its vessels under one flag.';

CREATE TRIGGER audit
    AFTER UPDATE OR DELETE ON billing.invoice
    FOR EACH ROW
    EXECUTE FUNCTION audit.note_row();

CREATE POLICY clerks_work_on_unsent ON billing.invoice
    TO billing_clerk
    USING (NOT sent);

CREATE POLICY everybody_entitled_reads ON billing.invoice FOR SELECT
    TO auditor, billing_clerk
    USING (true);

ALTER TABLE billing.invoice ENABLE ROW LEVEL SECURITY;

ALTER TABLE billing.invoice FORCE ROW LEVEL SECURITY;

CREATE TRIGGER no_truncate
    BEFORE TRUNCATE ON billing.ledger
    FOR EACH STATEMENT
    EXECUTE FUNCTION audit.count_moves();
COMMENT ON TRIGGER no_truncate ON billing.ledger IS 'Off while the test data is being loaded.';

CREATE TRIGGER audit
    AFTER INSERT OR UPDATE OR DELETE ON billing.tariff
    FOR EACH ROW
    EXECUTE FUNCTION audit.note_row();

CREATE TRIGGER count_moves
    AFTER INSERT ON cargo.container_move
    REFERENCING NEW TABLE AS moved
    FOR EACH STATEMENT
    EXECUTE FUNCTION audit.count_moves();

CREATE TRIGGER touch
    BEFORE UPDATE ON port.call
    FOR EACH ROW
    EXECUTE FUNCTION ref.touch();

CREATE POLICY agents_announce ON port.call FOR INSERT
    TO shipping_agent
    WITH CHECK ((agent = CURRENT_USER) AND (state = 'announced'::port.call_state));

CREATE POLICY agents_see_their_own ON port.call FOR SELECT
    TO shipping_agent
    USING (agent = CURRENT_USER);

CREATE POLICY harbour_master_does_everything ON port.call
    TO harbour_master
    USING (true)
    WITH CHECK (true);

CREATE POLICY nothing_changes_after_departure ON port.call AS RESTRICTIVE FOR UPDATE
    USING (state <> 'departed'::port.call_state);
COMMENT ON POLICY nothing_changes_after_departure ON port.call IS 'Not even by the harbour master.';

ALTER TABLE port.call ENABLE ROW LEVEL SECURITY;

CREATE CONSTRAINT TRIGGER pilot_may_take_vessel
    AFTER INSERT OR UPDATE OF pilot_id, call_id ON port.pilotage DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW
    WHEN (new.pilot_id IS NOT NULL)
    EXECUTE FUNCTION port.check_pilot();
COMMENT ON TRIGGER pilot_may_take_vessel ON port.pilotage IS 'At commit, so that a whole roster can be changed at once.';

CREATE TRIGGER touch
    BEFORE UPDATE ON port.vessel
    FOR EACH ROW
    WHEN (((old.name IS DISTINCT FROM new.name) OR (old.flag IS DISTINCT FROM new.flag)) OR (old.line_id IS DISTINCT FROM new.line_id))
    EXECUTE FUNCTION ref.touch();

CREATE RULE country_is_kept AS
    ON DELETE TO ref.country DO INSTEAD NOTHING;
COMMENT ON RULE country_is_kept ON ref.country IS 'Deleting a country does nothing.';

CREATE TRIGGER audit
    AFTER INSERT OR UPDATE OR DELETE ON staff.employee
    FOR EACH ROW
    EXECUTE FUNCTION audit.note_row('password_hash');

ALTER TABLE ONLY billing.ledger DISABLE TRIGGER no_truncate;

CREATE TRIGGER correct
    INSTEAD OF UPDATE ON staff.pilot_directory
    FOR EACH ROW
    EXECUTE FUNCTION staff.correct_pilot();

CREATE PUBLICATION customs
    FOR TABLE ONLY cargo.container (code, feet, reefer),
        ONLY cargo.customs_hold WHERE (lifted_at IS NULL)
    WITH (publish = 'insert, update');
COMMENT ON PUBLICATION customs IS 'Subscribed to by the customs office.';

CREATE EVENT TRIGGER note_ddl ON ddl_command_end
    WHEN TAG IN ('ALTER TABLE', 'CREATE FUNCTION', 'CREATE TABLE', 'CREATE VIEW')
    EXECUTE FUNCTION audit.note_ddl();
COMMENT ON EVENT TRIGGER note_ddl IS 'Migrations leave a trace.';
