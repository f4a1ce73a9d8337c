-- A vessel announces itself, comes, lies at a berth, and leaves.

CREATE TYPE port.call_state AS ENUM ('announced', 'confirmed', 'moored', 'gone');
COMMENT ON TYPE port.call_state IS 'How far a call has come.';

CREATE TABLE port.call (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    vessel_id integer NOT NULL REFERENCES port.vessel ON DELETE RESTRICT,
    agent name NOT NULL DEFAULT CURRENT_USER,
    state port.call_state NOT NULL DEFAULT 'announced',
    expected tstzrange NOT NULL,
    coming_from text,
    going_to text,
    papers jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT call_comes_before_it_goes CHECK (lower(expected) IS NOT NULL AND NOT isempty(expected))
);
COMMENT ON TABLE port.call IS 'One visit of one vessel, from announcement to departure.';
COMMENT ON COLUMN port.call.agent IS 'The role of the shipping agent who announced it. Row-level security looks at it.';
COMMENT ON COLUMN port.call.expected IS 'From arrival to departure, as far as is known.';
COMMENT ON COLUMN port.call.papers IS 'What the agent sent, as it came. See the guide for agents.';

CREATE INDEX call_vessel_idx ON port.call (vessel_id, lower(expected) DESC NULLS LAST);
CREATE INDEX call_expected_idx ON port.call USING gist (expected);
CREATE INDEX call_papers_idx ON port.call USING gin (papers jsonb_path_ops);
CREATE INDEX call_open_idx ON port.call (state) WHERE state <> 'gone';

CREATE TRIGGER touch BEFORE UPDATE ON port.call FOR EACH ROW EXECUTE FUNCTION ref.touch();

CREATE TABLE port.berth_booking (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    call_id uuid NOT NULL REFERENCES port.call ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    terminal_id smallint,
    berth_number smallint,
    during tstzrange NOT NULL,
    CONSTRAINT booking_names_a_whole_berth FOREIGN KEY (terminal_id, berth_number)
        REFERENCES port.berth (terminal_id, number) MATCH FULL ON UPDATE CASCADE,
    CONSTRAINT bookings_do_not_overlap
        EXCLUDE USING gist (terminal_id WITH =, berth_number WITH =, during WITH &&) WHERE (terminal_id IS NOT NULL)
);
COMMENT ON TABLE port.berth_booking IS 'A call holds a berth for some time. Without a berth it waits at anchor.';
COMMENT ON CONSTRAINT booking_names_a_whole_berth ON port.berth_booking IS 'Both columns or neither.';
CREATE INDEX berth_booking_call_idx ON port.berth_booking (call_id);

CREATE TABLE port.pilotage (
    call_id uuid NOT NULL REFERENCES port.call ON DELETE CASCADE,
    inbound boolean NOT NULL,
    pilot_id integer,
    boarded_at timestamptz,
    left_at timestamptz,
    PRIMARY KEY (call_id, inbound),
    FOREIGN KEY (pilot_id) REFERENCES staff.pilot ON DELETE SET NULL (pilot_id)
);
COMMENT ON TABLE port.pilotage IS 'A pilot takes a vessel in, and one takes it out again.';
CREATE INDEX pilotage_pilot_idx ON port.pilotage (pilot_id) WHERE left_at IS NULL;

CREATE FUNCTION port.check_pilot() RETURNS trigger
LANGUAGE plpgsql AS $$
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

CREATE CONSTRAINT TRIGGER pilot_may_take_vessel
    AFTER INSERT OR UPDATE OF pilot_id, call_id ON port.pilotage
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.pilot_id IS NOT NULL) EXECUTE FUNCTION port.check_pilot();
COMMENT ON TRIGGER pilot_may_take_vessel ON port.pilotage IS 'At commit, so that a whole roster can be changed at once.';
