CREATE TABLE part_config (
    parent_table text PRIMARY KEY,
    control text NOT NULL,
    partition_type text NOT NULL DEFAULT 'range',
    partition_interval text NOT NULL DEFAULT '',
    constraint_cols text[],
    premake integer NOT NULL DEFAULT 4,
    optimize_trigger integer NOT NULL DEFAULT 4,
    optimize_constraint integer NOT NULL DEFAULT 30,
    epoch text NOT NULL DEFAULT 'none',
    inherit_fk boolean NOT NULL DEFAULT true,
    retention text,
    retention_schema text,
    retention_keep_index boolean NOT NULL DEFAULT true,
    retention_keep_table boolean NOT NULL DEFAULT true,
    retention_keep_publication boolean NOT NULL DEFAULT false,
    infinite_time_partitions boolean NOT NULL DEFAULT false,
    datetime_string text,
    automatic_maintenance text NOT NULL DEFAULT 'on',
    jobmon boolean NOT NULL DEFAULT true,
    sub_partition_set_full boolean NOT NULL DEFAULT false,
    undo_in_progress boolean NOT NULL DEFAULT false,
    inherit_privileges boolean DEFAULT false,
    constraint_valid boolean NOT NULL DEFAULT true,
    ignore_default_data boolean NOT NULL DEFAULT true,
    template_table text,
    default_table boolean DEFAULT true,
    date_trunc_interval text,
    maintenance_order integer,
    maintenance_last_run timestamptz
);
CREATE FUNCTION create_parent(
    p_parent_table text, p_control text, p_interval text DEFAULT NULL, p_type text DEFAULT 'range',
    p_epoch text DEFAULT 'none', p_premake integer DEFAULT 4, p_start_partition text DEFAULT NULL,
    p_default_table boolean DEFAULT true, p_automatic_maintenance text DEFAULT 'on',
    p_constraint_cols text[] DEFAULT NULL, p_template_table text DEFAULT NULL, p_jobmon boolean DEFAULT true,
    p_date_trunc_interval text DEFAULT NULL, p_inherit_fk boolean DEFAULT true, p_upsert text DEFAULT '',
    p_publications text[] DEFAULT NULL, p_trigger_return_null boolean DEFAULT true, p_debug boolean DEFAULT false
) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION create_sub_parent(
    p_top_parent text, p_control text, p_interval text DEFAULT NULL, p_type text DEFAULT 'range',
    p_declarative_check text DEFAULT NULL, p_default_table boolean DEFAULT true, p_constraint_cols text[] DEFAULT NULL,
    p_premake integer DEFAULT 4, p_start_partition text DEFAULT NULL, p_epoch text DEFAULT 'none',
    p_jobmon boolean DEFAULT true, p_date_trunc_interval text DEFAULT NULL
) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION run_maintenance(p_parent_table text DEFAULT NULL, p_analyze boolean DEFAULT NULL, p_jobmon boolean DEFAULT true)
    RETURNS void LANGUAGE sql AS '';
CREATE PROCEDURE run_maintenance_proc(p_wait integer DEFAULT 0, p_analyze boolean DEFAULT NULL, p_jobmon boolean DEFAULT true)
    LANGUAGE sql AS '';
CREATE PROCEDURE partition_data_proc(
    p_parent_table text, p_loop_count integer DEFAULT NULL, p_interval text DEFAULT NULL, p_lock_wait integer DEFAULT 0,
    p_lock_wait_tries integer DEFAULT 10, p_wait integer DEFAULT 1, p_order text DEFAULT 'ASC',
    p_source_table text DEFAULT NULL, p_ignored_columns text[] DEFAULT NULL, p_quiet boolean DEFAULT false
) LANGUAGE sql AS '';
