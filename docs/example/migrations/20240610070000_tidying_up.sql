-- Half a year later: what turned out to be named wrongly, typed wrongly, or not needed.

ALTER TABLE port.line DROP COLUMN fax;
ALTER TABLE port.terminal RENAME COLUMN phone TO gate_phone;
COMMENT ON COLUMN port.terminal.gate_phone IS 'Answered day and night.';
ALTER TABLE port.call RENAME COLUMN coming_from TO previous_port;
ALTER TABLE port.call RENAME COLUMN going_to TO next_port;
ALTER TABLE port.call ADD COLUMN cancelled_because text,
    ADD CONSTRAINT call_cancelled_in_time CHECK (cancelled_because IS NULL OR state <> 'moored') NOT VALID;
COMMENT ON CONSTRAINT call_cancelled_in_time ON port.call IS 'Not valid for calls from before June 2024.';

ALTER TABLE port.berth ALTER COLUMN remarks SET STORAGE EXTERNAL;
ALTER TABLE port.vessel ALTER COLUMN call_sign TYPE varchar(10) COLLATE "C";
ALTER TABLE port.vessel RENAME CONSTRAINT vessel_imo_is_unique TO vessel_imo_key;
ALTER TYPE port.terminal_kind ADD VALUE 'cruise';
ALTER INDEX port.vessel_flag_idx RENAME TO vessel_flag_and_kind_idx;

-- Positions of vessels that we never heard of are kept, hence not validated and no cascade.
ALTER TABLE port.position_report ADD CONSTRAINT position_report_vessel_fkey
    FOREIGN KEY (vessel_id) REFERENCES port.vessel NOT VALID;

DROP TABLE port.webcam;

-- 2023 goes to the archive, 2025 comes.
ALTER TABLE port.call_event DETACH PARTITION port.call_event_2023;
DROP TABLE port.call_event_2023;
CREATE TABLE port.call_event_2025 (LIKE port.call_event INCLUDING ALL);
ALTER TABLE port.call_event ATTACH PARTITION port.call_event_2025
    FOR VALUES FROM ('2025-01-01 00:00:00+00') TO ('2026-01-01 00:00:00+00');
