-- no-transaction
-- A label that is added to an enum can be used only after the commit, and an index is built without blocking.

ALTER TYPE port.call_state ADD VALUE IF NOT EXISTS 'diverted' BEFORE 'moored';
ALTER TYPE port.call_state RENAME VALUE 'gone' TO 'departed';

CREATE INDEX CONCURRENTLY vessel_line_idx ON port.vessel (line_id) WHERE line_id IS NOT NULL;
