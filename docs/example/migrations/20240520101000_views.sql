-- What the screens in the tower and the web site show.

CREATE VIEW port.arrivals WITH (security_invoker = true) AS
SELECT call.id, vessel.name AS vessel, vessel.kind, line.name AS line, lower(call.expected) AS arrives, call.state
  FROM port.call
  JOIN port.vessel ON vessel.id = call.vessel_id
  LEFT JOIN port.line ON line.id = vessel.line_id
 WHERE call.state IN ('announced', 'confirmed');
COMMENT ON VIEW port.arrivals IS 'Who is coming. Each sees what port.call lets them see.';
COMMENT ON COLUMN port.arrivals.arrives IS 'As announced, not as estimated.';

CREATE VIEW port.berth_occupancy AS
SELECT terminal.code, berth.number, booking.during, vessel.name AS vessel
  FROM port.berth
  JOIN port.terminal ON terminal.id = berth.terminal_id
  LEFT JOIN port.berth_booking booking ON booking.terminal_id = berth.terminal_id AND booking.berth_number = berth.number
  LEFT JOIN port.call ON call.id = booking.call_id
  LEFT JOIN port.vessel ON vessel.id = call.vessel_id;
COMMENT ON VIEW port.berth_occupancy IS 'Every berth with what lies there, and when.';

CREATE VIEW staff.pilot_directory AS
SELECT employee.id, employee.name, employee.email, pilot.licence_number
  FROM staff.employee JOIN staff.pilot ON pilot.employee_id = employee.id
 WHERE employee.left_on IS NULL;
COMMENT ON VIEW staff.pilot_directory IS 'Pilots on duty. A name can be corrected here.';

CREATE FUNCTION staff.correct_pilot() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE staff.employee SET name = NEW.name, email = NEW.email WHERE id = NEW.id;
    RETURN NEW;
END
$$;
CREATE TRIGGER correct INSTEAD OF UPDATE ON staff.pilot_directory
    FOR EACH ROW EXECUTE FUNCTION staff.correct_pilot();

CREATE MATERIALIZED VIEW billing.line_turnover AS
SELECT line.id AS line_id, line.name, date_trunc('month', invoice.issued_on::timestamp) AS month,
       sum(invoice_line.amount) AS amount, count(DISTINCT invoice.number) AS invoices
  FROM port.line
  JOIN billing.account ON account.line_id = line.id
  JOIN billing.invoice ON invoice.account_id = account.id
  JOIN billing.invoice_line ON invoice_line.invoice_number = invoice.number
 GROUP BY line.id, line.name, date_trunc('month', invoice.issued_on::timestamp)
  WITH NO DATA;
COMMENT ON MATERIALIZED VIEW billing.line_turnover IS 'Refreshed every night, beside the readers.';
CREATE UNIQUE INDEX line_turnover_key ON billing.line_turnover (line_id, month);

CREATE FUNCTION port.free_berths(needed port.metres, wanted tstzrange)
RETURNS TABLE (terminal text, berth smallint, spare numeric)
LANGUAGE sql STABLE ROWS 20 AS $$
    SELECT terminal.name, berth.number, berth.length - needed
      FROM port.berth JOIN port.terminal ON terminal.id = berth.terminal_id
     WHERE berth.length >= needed
       AND NOT EXISTS (
           SELECT FROM port.berth_booking booking
            WHERE booking.terminal_id = berth.terminal_id AND booking.berth_number = berth.number
              AND booking.during && wanted)
$$;
COMMENT ON FUNCTION port.free_berths(port.metres, tstzrange) IS 'Berths that are long enough and free, with the metres to spare.';

GRANT SELECT ON port.arrivals TO shipping_agent, pilot_office;
GRANT SELECT ON port.berth_occupancy TO PUBLIC;
GRANT SELECT, UPDATE (name, email) ON staff.pilot_directory TO pilot_office;
