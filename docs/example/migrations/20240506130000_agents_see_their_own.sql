-- Shipping agents get direct access, and see their own calls only.

ALTER TABLE port.call ENABLE ROW LEVEL SECURITY;
CREATE POLICY agents_see_their_own ON port.call FOR SELECT TO shipping_agent USING (agent = CURRENT_USER);
CREATE POLICY agents_announce ON port.call FOR INSERT TO shipping_agent
    WITH CHECK (agent = CURRENT_USER AND state = 'announced');
CREATE POLICY harbour_master_does_everything ON port.call TO harbour_master USING (true) WITH CHECK (true);
CREATE POLICY nothing_changes_after_departure ON port.call AS RESTRICTIVE FOR UPDATE USING (state <> 'departed');
COMMENT ON POLICY nothing_changes_after_departure ON port.call IS 'Not even by the harbour master.';

ALTER TABLE billing.invoice ENABLE ROW LEVEL SECURITY;
ALTER TABLE billing.invoice FORCE ROW LEVEL SECURITY;
CREATE POLICY clerks_work_on_unsent ON billing.invoice TO billing_clerk USING (NOT sent);
CREATE POLICY everybody_entitled_reads ON billing.invoice FOR SELECT TO billing_clerk, auditor USING (true);

GRANT SELECT, INSERT ON port.call TO shipping_agent;
GRANT SELECT, INSERT, UPDATE, DELETE ON port.call, port.berth_booking, port.berth_closure TO harbour_master;
GRANT SELECT, INSERT, UPDATE ON port.pilotage TO pilot_office;
GRANT UPDATE (state) ON port.call TO pilot_office;
GRANT SELECT ON port.terminal, port.berth, port.line, port.vessel TO PUBLIC;
