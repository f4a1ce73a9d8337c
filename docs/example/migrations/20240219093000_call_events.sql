-- What happened during a call. Some 40 million rows a year, hence in parts.

CREATE TABLE port.call_event (
    id bigserial,
    call_id uuid NOT NULL REFERENCES port.call ON DELETE CASCADE,
    occurred_at timestamptz NOT NULL,
    kind text NOT NULL,
    details jsonb,
    PRIMARY KEY (occurred_at, id)
) PARTITION BY RANGE (occurred_at);
COMMENT ON TABLE port.call_event IS 'The log of a call: sighted, anchored, moored, bunkered, inspected…';
COMMENT ON COLUMN port.call_event.kind IS 'A word of the traffic service''s vocabulary.';

CREATE TABLE port.call_event_2023 PARTITION OF port.call_event
    FOR VALUES FROM ('2023-01-01 00:00:00+00') TO ('2024-01-01 00:00:00+00');
CREATE TABLE port.call_event_2024 PARTITION OF port.call_event
    FOR VALUES FROM ('2024-01-01 00:00:00+00') TO ('2025-01-01 00:00:00+00');
CREATE TABLE port.call_event_other PARTITION OF port.call_event DEFAULT;
COMMENT ON TABLE port.call_event_other IS 'Should be empty: clocks on board are sometimes wrong by years.';

CREATE INDEX call_event_call_idx ON port.call_event (call_id, occurred_at);
CREATE INDEX call_event_occurred_idx ON port.call_event USING brin (occurred_at);

-- Positions from the transponders: a hundred a second, worthless after an hour.
CREATE UNLOGGED TABLE port.position_report (
    vessel_id integer NOT NULL,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    position port.position NOT NULL,
    speed real,
    heading smallint CHECK (heading >= 0 AND heading < 360)
);
COMMENT ON TABLE port.position_report IS 'Where vessels are right now. Not logged: it may be lost in a crash.';
COMMENT ON COLUMN port.position_report.speed IS 'Over ground, in knots.';
CREATE INDEX position_report_recent_idx ON port.position_report (vessel_id, received_at DESC);

CREATE TABLE port.webcam (
    id serial PRIMARY KEY,
    terminal_id smallint REFERENCES port.terminal,
    url text NOT NULL
);
