CREATE FUNCTION create_hypertable(
    relation regclass, time_column_name name, partitioning_column name DEFAULT NULL, number_partitions integer DEFAULT NULL,
    associated_schema_name name DEFAULT NULL, associated_table_prefix name DEFAULT NULL,
    chunk_time_interval anyelement DEFAULT NULL::bigint, create_default_indexes boolean DEFAULT true,
    if_not_exists boolean DEFAULT false, partitioning_func regproc DEFAULT NULL, migrate_data boolean DEFAULT false,
    chunk_target_size text DEFAULT NULL, chunk_sizing_func regproc DEFAULT NULL, time_partitioning_func regproc DEFAULT NULL
) RETURNS TABLE (hypertable_id integer, schema_name name, table_name name, created boolean) LANGUAGE plpgsql AS 'BEGIN END';
CREATE TYPE _dimension_info AS (kind text, column_name name, step text);
CREATE FUNCTION by_range(column_name name, partition_interval anyelement DEFAULT NULL::bigint, partition_func regproc DEFAULT NULL)
    RETURNS _dimension_info LANGUAGE plpgsql AS 'BEGIN RETURN ROW(''range'', column_name, NULL); END';
CREATE FUNCTION by_hash(column_name name, number_partitions integer, partition_func regproc DEFAULT NULL)
    RETURNS _dimension_info LANGUAGE plpgsql AS 'BEGIN RETURN ROW(''hash'', column_name, NULL); END';
CREATE FUNCTION create_hypertable(
    relation regclass, dimension _dimension_info, create_default_indexes boolean DEFAULT true,
    if_not_exists boolean DEFAULT false, migrate_data boolean DEFAULT false
) RETURNS TABLE (hypertable_id integer, created boolean) LANGUAGE plpgsql AS 'BEGIN END';
CREATE FUNCTION add_dimension(
    hypertable regclass, column_name name, number_partitions integer DEFAULT NULL,
    chunk_time_interval anyelement DEFAULT NULL::bigint, partitioning_func regproc DEFAULT NULL, if_not_exists boolean DEFAULT false
) RETURNS TABLE (dimension_id integer, schema_name name, table_name name, column_name_ name, created boolean)
    LANGUAGE plpgsql AS 'BEGIN END';
CREATE FUNCTION set_chunk_time_interval(hypertable regclass, chunk_time_interval anyelement, dimension_name name DEFAULT NULL)
    RETURNS void LANGUAGE plpgsql AS 'BEGIN END';
CREATE FUNCTION add_retention_policy(
    relation regclass, drop_after anyelement DEFAULT NULL::interval, if_not_exists boolean DEFAULT false,
    schedule_interval interval DEFAULT NULL, initial_start timestamptz DEFAULT NULL, timezone text DEFAULT NULL,
    drop_created_before interval DEFAULT NULL
) RETURNS integer LANGUAGE plpgsql AS 'BEGIN RETURN 0; END';
CREATE FUNCTION remove_retention_policy(relation regclass, if_exists boolean DEFAULT false) RETURNS void LANGUAGE sql AS '';
CREATE FUNCTION add_compression_policy(
    hypertable regclass, compress_after anyelement DEFAULT NULL::interval, if_not_exists boolean DEFAULT false,
    schedule_interval interval DEFAULT NULL, initial_start timestamptz DEFAULT NULL, timezone text DEFAULT NULL,
    compress_created_before interval DEFAULT NULL
) RETURNS integer LANGUAGE plpgsql AS 'BEGIN RETURN 0; END';
CREATE FUNCTION remove_compression_policy(hypertable regclass, if_exists boolean DEFAULT false) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION add_continuous_aggregate_policy(
    continuous_aggregate regclass, start_offset anyelement, end_offset anyelement, schedule_interval interval,
    if_not_exists boolean DEFAULT false, initial_start timestamptz DEFAULT NULL, timezone text DEFAULT NULL
) RETURNS integer LANGUAGE plpgsql AS 'BEGIN RETURN 0; END';
CREATE FUNCTION remove_continuous_aggregate_policy(continuous_aggregate regclass, if_exists boolean DEFAULT false) RETURNS void
    LANGUAGE sql AS '';
CREATE PROCEDURE refresh_continuous_aggregate(
    continuous_aggregate regclass, window_start anyelement, window_end anyelement, force boolean DEFAULT false
) LANGUAGE plpgsql AS 'BEGIN END';
CREATE FUNCTION add_job(
    proc regproc, schedule_interval interval, config jsonb DEFAULT NULL, initial_start timestamptz DEFAULT NULL,
    scheduled boolean DEFAULT true, check_config regproc DEFAULT NULL, fixed_schedule boolean DEFAULT true, timezone text DEFAULT NULL
) RETURNS integer LANGUAGE sql AS 'SELECT 0';
CREATE FUNCTION time_bucket(bucket_width interval, ts timestamptz) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS 'SELECT ts';
CREATE FUNCTION time_bucket(bucket_width interval, ts timestamp) RETURNS timestamp LANGUAGE sql IMMUTABLE AS 'SELECT ts';
CREATE FUNCTION time_bucket(bucket_width interval, ts date) RETURNS date LANGUAGE sql IMMUTABLE AS 'SELECT ts';
CREATE FUNCTION time_bucket(bucket_width interval, ts timestamptz, timezone text) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS 'SELECT ts';
CREATE FUNCTION time_bucket(bucket_width bigint, ts bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT ts';
CREATE FUNCTION time_bucket(bucket_width integer, ts integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT ts';
CREATE FUNCTION time_bucket_gapfill(bucket_width interval, ts timestamptz, start timestamptz DEFAULT NULL, finish timestamptz DEFAULT NULL)
    RETURNS timestamptz LANGUAGE sql IMMUTABLE AS 'SELECT ts';
CREATE FUNCTION locf(value anyelement) RETURNS anyelement LANGUAGE sql IMMUTABLE AS 'SELECT value';
CREATE FUNCTION _last_first(anyelement, anyelement, anycompatible) RETURNS anyelement LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE AGGREGATE last (anyelement, anycompatible) (SFUNC = _last_first, STYPE = anyelement);
CREATE AGGREGATE first (anyelement, anycompatible) (SFUNC = _last_first, STYPE = anyelement);
