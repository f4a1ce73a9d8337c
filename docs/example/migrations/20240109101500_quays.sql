-- Terminals and their berths.

CREATE DOMAIN port.metres AS numeric(6, 2) CONSTRAINT metres_are_positive CHECK (VALUE > 0);
COMMENT ON DOMAIN port.metres IS 'A length or a depth. Never zero: an unknown one is NULL.';

CREATE TYPE port.position AS (
    latitude numeric(8, 6),
    longitude numeric(9, 6)
);
COMMENT ON TYPE port.position IS 'A point in WGS 84.';
COMMENT ON COLUMN port.position.latitude IS 'Degrees, north is positive.';
COMMENT ON COLUMN port.position.longitude IS 'Degrees, east is positive.';

CREATE TYPE port.terminal_kind AS ENUM ('container', 'bulk', 'liquid', 'ferry');
COMMENT ON TYPE port.terminal_kind IS 'What a terminal is built for.';

CREATE TABLE port.terminal (
    id smallserial PRIMARY KEY,
    code varchar(8) NOT NULL UNIQUE,
    name text NOT NULL,
    kind port.terminal_kind NOT NULL,
    entrance port.position,
    opened_on date,
    phone text
);
COMMENT ON TABLE port.terminal IS 'A part of the harbour with one operator and one gate.';
COMMENT ON COLUMN port.terminal.code IS 'As painted on the sheds: `NQ`, `OIL2`.';
COMMENT ON COLUMN port.terminal.entrance IS 'Where trucks enter.';

CREATE TABLE port.berth (
    terminal_id smallint NOT NULL REFERENCES port.terminal ON UPDATE CASCADE ON DELETE RESTRICT,
    number smallint NOT NULL CHECK (number BETWEEN 1 AND 99),
    length port.metres NOT NULL,
    depth port.metres NOT NULL,
    shore_power boolean NOT NULL DEFAULT false,
    remarks text,
    PRIMARY KEY (terminal_id, number)
);
COMMENT ON TABLE port.berth IS 'A place at a quay where one vessel lies.';
COMMENT ON COLUMN port.berth.number IS 'Counted from the sea inward, anew in each terminal.';
COMMENT ON COLUMN port.berth.depth IS 'At lowest astronomical tide, after the last sounding.';
COMMENT ON COLUMN port.berth.shore_power IS 'Whether a vessel can switch its engines off.';

CREATE TABLE port.berth_closure (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    terminal_id smallint NOT NULL,
    berth_number smallint NOT NULL,
    during daterange NOT NULL CHECK (NOT isempty(during)),
    reason text NOT NULL,
    FOREIGN KEY (terminal_id, berth_number) REFERENCES port.berth ON UPDATE CASCADE ON DELETE CASCADE,
    CONSTRAINT closures_do_not_overlap EXCLUDE USING gist (terminal_id WITH =, berth_number WITH =, during WITH &&)
);
COMMENT ON TABLE port.berth_closure IS 'Days on which a berth takes no vessel: dredging, repairs, a regatta.';
COMMENT ON CONSTRAINT closures_do_not_overlap ON port.berth_closure IS
    'A berth is closed for one reason at a time. btree_gist makes = work in a GiST index.';
