-- Customs stops boxes, and wants to be told by the database itself.

CREATE TABLE cargo.customs_hold (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    container_code cargo.container_code NOT NULL REFERENCES cargo.container ON UPDATE CASCADE,
    ordered_by text NOT NULL,
    placed_at timestamptz NOT NULL DEFAULT now(),
    lifted_at timestamptz,
    seal text,
    CHECK (lifted_at > placed_at)
);
COMMENT ON TABLE cargo.customs_hold IS 'Until it is lifted the box does not leave the yard.';
CREATE UNIQUE INDEX customs_hold_one_open ON cargo.customs_hold (container_code) WHERE lifted_at IS NULL;
COMMENT ON INDEX cargo.customs_hold_one_open IS 'A box is held once at a time.';

CREATE VIEW cargo.held_containers AS
SELECT container.code, container.feet, hold.ordered_by, hold.placed_at, consignment.bill_of_lading
  FROM cargo.customs_hold hold
  JOIN cargo.container ON container.code = hold.container_code
  LEFT JOIN cargo.consignment ON consignment.id = container.consignment_id
 WHERE hold.lifted_at IS NULL;
COMMENT ON VIEW cargo.held_containers IS 'What must not leave the yard.';

CREATE PUBLICATION customs
    FOR TABLE cargo.container (code, feet, reefer), cargo.customs_hold WHERE (lifted_at IS NULL)
    WITH (publish = 'insert, update');
COMMENT ON PUBLICATION customs IS 'Subscribed to by the customs office.';

CREATE STATISTICS cargo.hold_length ON (lifted_at - placed_at) FROM cargo.customs_hold;

-- The tide gauge writes a file every ten minutes.
CREATE EXTENSION file_fdw;
CREATE SERVER tide_gauge FOREIGN DATA WRAPPER file_fdw;
COMMENT ON SERVER tide_gauge IS 'The gauge at the eastern mole.';
CREATE FOREIGN TABLE ref.tide (
    at timestamptz NOT NULL,
    level numeric(4, 2),
    surge numeric(4, 2)
) SERVER tide_gauge OPTIONS (filename '/srv/harbour/tide.csv', format 'csv', header 'true');
COMMENT ON FOREIGN TABLE ref.tide IS 'Water levels, measured and astronomical.';
COMMENT ON COLUMN ref.tide.surge IS 'Metres above what the moon alone would do.';
