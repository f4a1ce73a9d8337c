-- The ground that everything else stands on: schemas, extensions, roles and the words that we share.

-- Versions are named so that every developer and every server has the same ones.
CREATE EXTENSION citext VERSION '1.6';
CREATE EXTENSION btree_gist VERSION '1.7';
CREATE EXTENSION pg_trgm VERSION '1.6';
CREATE EXTENSION pgcrypto VERSION '1.3';

CREATE SCHEMA ref;
CREATE SCHEMA port;
CREATE SCHEMA staff;

COMMENT ON SCHEMA ref IS 'Lists that rarely change and that everybody reads.';
COMMENT ON SCHEMA port IS 'Quays, ships, and the calls that bring them together.';
COMMENT ON SCHEMA staff IS 'The people who work for the harbour, and when.';

-- Roles belong to the whole cluster, so they may be there from another database.
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['harbour_master', 'pilot_office', 'billing_clerk', 'shipping_agent', 'auditor'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
        EXCEPTION WHEN duplicate_object THEN
            RAISE NOTICE 'role % is there already', wanted;
        END;
    END LOOP;
END
$$;

GRANT USAGE ON SCHEMA ref, port, staff TO harbour_master, pilot_office, billing_clerk, shipping_agent, auditor;

CREATE TABLE ref.country (
    code char(2) PRIMARY KEY CHECK (code ~ '^[A-Z]{2}$'),
    name citext NOT NULL UNIQUE,
    flag_of_convenience boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE ref.country IS 'Countries, as flags of vessels and homes of companies.';
COMMENT ON COLUMN ref.country.code IS 'ISO 3166-1, two letters.';
COMMENT ON COLUMN ref.country.flag_of_convenience IS 'As the transport workers'' federation lists it.';

-- A country is never deleted: ships keep the flag that they sailed under.
CREATE RULE country_is_kept AS ON DELETE TO ref.country DO INSTEAD NOTHING;
COMMENT ON RULE country_is_kept ON ref.country IS 'Deleting a country does nothing.';

CREATE FUNCTION ref.touch() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION ref.touch() IS 'Keeps updated_at true. For BEFORE UPDATE triggers.';
