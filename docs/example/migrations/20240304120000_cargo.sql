-- What the vessels carry.

CREATE SCHEMA cargo;
COMMENT ON SCHEMA cargo IS 'Goods, the boxes that they travel in, and where those are.';
GRANT USAGE ON SCHEMA cargo TO harbour_master, shipping_agent, auditor;

CREATE TABLE ref.cargo_class (
    code text PRIMARY KEY,
    parent_code text REFERENCES ref.cargo_class ON UPDATE CASCADE,
    name text NOT NULL,
    hazardous boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE ref.cargo_class IS 'A tree of kinds of goods.';
COMMENT ON COLUMN ref.cargo_class.parent_code IS 'NULL at the roots.';

CREATE DOMAIN cargo.container_code AS text
    CONSTRAINT container_code_is_iso_6346 CHECK (VALUE ~ '^[A-Z]{3}[UJZ][0-9]{7}$');
COMMENT ON DOMAIN cargo.container_code IS 'Owner, category, serial number and check digit: `MSKU1234565`.';

CREATE TYPE cargo.direction AS ENUM ('import', 'export', 'transshipment');

CREATE TABLE cargo.consignment (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    bill_of_lading text NOT NULL,
    call_id uuid NOT NULL REFERENCES port.call,
    class_code text NOT NULL DEFAULT 'general' REFERENCES ref.cargo_class ON DELETE SET DEFAULT ON UPDATE CASCADE,
    direction cargo.direction NOT NULL,
    tonnes numeric(10, 3) NOT NULL CHECK (tonnes >= 0),
    marks text[],
    description text,
    description_words tsvector GENERATED ALWAYS AS (to_tsvector('english'::regconfig, coalesce(description, ''))) STORED,
    UNIQUE (call_id, bill_of_lading)
);
COMMENT ON TABLE cargo.consignment IS 'Goods under one bill of lading, loaded or unloaded during one call.';
COMMENT ON COLUMN cargo.consignment.marks IS 'As painted on crates.';
CREATE INDEX consignment_words_idx ON cargo.consignment USING gin (description_words);
CREATE INDEX consignment_class_idx ON cargo.consignment (class_code);

CREATE TABLE cargo.container (
    code cargo.container_code PRIMARY KEY,
    feet smallint NOT NULL CHECK (feet IN (20, 40, 45)),
    teu numeric(3, 2) GENERATED ALWAYS AS (round(feet / 20.0, 2)) STORED,
    reefer boolean NOT NULL DEFAULT false,
    consignment_id bigint REFERENCES cargo.consignment ON DELETE SET NULL
);
COMMENT ON TABLE cargo.container IS 'A box. It comes back many times with other goods.';
COMMENT ON COLUMN cargo.container.teu IS 'Twenty-foot equivalent units.';
COMMENT ON COLUMN cargo.container.consignment_id IS 'What is in it now. NULL: empty.';
CREATE INDEX container_consignment_idx ON cargo.container (consignment_id);

CREATE TABLE cargo.container_move (
    container_code cargo.container_code NOT NULL REFERENCES cargo.container,
    moved_at timestamptz NOT NULL,
    crane smallint,
    from_slot text,
    to_slot text,
    PRIMARY KEY (container_code, moved_at)
) PARTITION BY HASH (container_code);
COMMENT ON TABLE cargo.container_move IS 'Every time a crane has picked a box up and put it down.';
CREATE TABLE cargo.container_move_0 PARTITION OF cargo.container_move FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE cargo.container_move_1 PARTITION OF cargo.container_move FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE cargo.container_move_2 PARTITION OF cargo.container_move FOR VALUES WITH (MODULUS 3, REMAINDER 2);

CREATE TABLE cargo.dangerous_goods (
    consignment_id bigint NOT NULL REFERENCES cargo.consignment ON DELETE CASCADE,
    un_number smallint NOT NULL CHECK (un_number BETWEEN 1 AND 3600),
    class text NOT NULL,
    flash_point numeric(4, 1),
    emergency_contact text NOT NULL,
    PRIMARY KEY (consignment_id, un_number)
);
COMMENT ON TABLE cargo.dangerous_goods IS 'What the fire brigade wants to know before it comes.';
COMMENT ON COLUMN cargo.dangerous_goods.flash_point IS 'In °C.';

CREATE FUNCTION cargo.add_teu(total numeric, feet smallint) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT total + coalesce(feet, 0) / 20.0 $$;

CREATE AGGREGATE cargo.teu(smallint) (
    SFUNC = cargo.add_teu,
    STYPE = numeric,
    INITCOND = '0',
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE cargo.teu(smallint) IS 'Sums lengths in feet to twenty-foot equivalent units.';
