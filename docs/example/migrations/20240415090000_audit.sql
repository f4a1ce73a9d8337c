-- Who changed what.

CREATE SCHEMA audit;
COMMENT ON SCHEMA audit IS 'Read by the auditor, written by triggers alone.';
GRANT USAGE ON SCHEMA audit TO auditor;

CREATE TABLE audit.entry (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    who name NOT NULL DEFAULT SESSION_USER,
    CONSTRAINT entry_is_not_from_the_future CHECK (at <= clock_timestamp() + '00:01:00'::interval)
);
COMMENT ON TABLE audit.entry IS 'What all kinds of entry have in common. Holds no rows of its own.';

CREATE TABLE audit.row_change (
    table_name text NOT NULL,
    operation text NOT NULL CHECK (operation IN ('INSERT', 'UPDATE', 'DELETE')),
    before jsonb,
    after jsonb
) INHERITS (audit.entry);
COMMENT ON TABLE audit.row_change IS 'One changed row, before and after.';
CREATE INDEX row_change_table_idx ON audit.row_change (table_name, at);

CREATE TABLE audit.schema_change (
    command text NOT NULL,
    object text
) INHERITS (audit.entry);
COMMENT ON TABLE audit.schema_change IS 'One DDL command.';

CREATE FUNCTION audit.note_row() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO audit.row_change (id, table_name, operation, before, after)
    OVERRIDING SYSTEM VALUE
    VALUES (
        nextval('audit.entry_id_seq'), format('%I.%I', TG_TABLE_SCHEMA, TG_TABLE_NAME), TG_OP,
        CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) - TG_ARGV END,
        CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) - TG_ARGV END
    );
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION audit.note_row() IS 'Writes audit.row_change. Its arguments are columns to leave out.';

CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON staff.employee
    FOR EACH ROW EXECUTE FUNCTION audit.note_row('password_hash');
CREATE TRIGGER audit AFTER UPDATE OR DELETE ON billing.invoice
    FOR EACH ROW EXECUTE FUNCTION audit.note_row();
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON billing.tariff
    FOR EACH ROW EXECUTE FUNCTION audit.note_row();

CREATE FUNCTION audit.count_moves() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE DEBUG '% boxes moved', (SELECT count(*) FROM moved);
    RETURN NULL;
END
$$;
CREATE TRIGGER count_moves AFTER INSERT ON cargo.container_move
    REFERENCING NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION audit.count_moves();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON billing.ledger
    FOR EACH STATEMENT EXECUTE FUNCTION audit.count_moves();
ALTER TABLE billing.ledger DISABLE TRIGGER no_truncate;
COMMENT ON TRIGGER no_truncate ON billing.ledger IS 'Off while the test data is being loaded.';

CREATE FUNCTION audit.note_ddl() RETURNS event_trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit.schema_change (id, command, object)
    OVERRIDING SYSTEM VALUE
    SELECT nextval('audit.entry_id_seq'), command_tag, object_identity FROM pg_event_trigger_ddl_commands();
END
$$;
CREATE EVENT TRIGGER note_ddl ON ddl_command_end
    WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE', 'CREATE VIEW', 'CREATE FUNCTION')
    EXECUTE FUNCTION audit.note_ddl();
COMMENT ON EVENT TRIGGER note_ddl IS 'Migrations leave a trace.';

GRANT SELECT ON audit.entry, audit.row_change, audit.schema_change TO auditor;
