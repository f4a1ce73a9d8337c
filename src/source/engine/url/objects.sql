-- What somebody has made in this database, whatever its kind: its kind and its name as `DROP` takes them.
--
-- $1: names of extensions not to count.
-- What belongs to another object goes with it and is left out: a table's row type and indexes, an extension's members.
WITH own_schema AS (
  SELECT oid FROM pg_namespace
  WHERE nspname <> 'information_schema' AND nspname !~ '^pg_'
), object (class, oid, rank) AS (
  SELECT 'pg_event_trigger'::regclass, oid, 1 FROM pg_event_trigger
  UNION ALL SELECT 'pg_publication'::regclass, oid, 2 FROM pg_publication
  UNION ALL SELECT 'pg_extension'::regclass, oid, 3 FROM pg_extension WHERE extname <> ALL ($1::text[])
  UNION ALL SELECT 'pg_namespace'::regclass, oid, 4 FROM own_schema JOIN pg_namespace USING (oid) WHERE nspname <> 'public'
  UNION ALL SELECT 'pg_class'::regclass, oid, 5 FROM pg_class
    WHERE relnamespace IN (TABLE own_schema) AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
  UNION ALL SELECT 'pg_proc'::regclass, oid, 6 FROM pg_proc WHERE pronamespace IN (TABLE own_schema)
  UNION ALL SELECT 'pg_operator'::regclass, oid, 7 FROM pg_operator WHERE oprnamespace IN (TABLE own_schema)
  UNION ALL SELECT 'pg_opclass'::regclass, oid, 7 FROM pg_opclass WHERE opcnamespace IN (TABLE own_schema)
  UNION ALL SELECT 'pg_opfamily'::regclass, oid, 7 FROM pg_opfamily WHERE opfnamespace IN (TABLE own_schema)
  UNION ALL SELECT 'pg_type'::regclass, t.oid, 8 FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
    WHERE typnamespace IN (TABLE own_schema) AND typtype IN ('b', 'c', 'd', 'e', 'r', 'p')
      AND (c.relkind IS NULL OR c.relkind = 'c') AND NOT (typtype = 'b' AND typelem <> 0 AND typlen = -1)
  UNION ALL SELECT 'pg_collation'::regclass, oid, 9 FROM pg_collation WHERE collnamespace IN (TABLE own_schema)
  UNION ALL SELECT 'pg_conversion'::regclass, oid, 9 FROM pg_conversion WHERE connamespace IN (TABLE own_schema)
  UNION ALL SELECT 'pg_ts_config'::regclass, oid, 9 FROM pg_ts_config WHERE cfgnamespace IN (TABLE own_schema)
  UNION ALL SELECT 'pg_ts_dict'::regclass, oid, 9 FROM pg_ts_dict WHERE dictnamespace IN (TABLE own_schema)
  UNION ALL SELECT 'pg_ts_parser'::regclass, oid, 9 FROM pg_ts_parser WHERE prsnamespace IN (TABLE own_schema)
  UNION ALL SELECT 'pg_ts_template'::regclass, oid, 9 FROM pg_ts_template WHERE tmplnamespace IN (TABLE own_schema)
  UNION ALL SELECT 'pg_statistic_ext'::regclass, oid, 9 FROM pg_statistic_ext WHERE stxnamespace IN (TABLE own_schema)
  -- Objects of no schema: those that initdb made have small numbers.
  UNION ALL SELECT 'pg_foreign_server'::regclass, oid, 10 FROM pg_foreign_server
  UNION ALL SELECT 'pg_foreign_data_wrapper'::regclass, oid, 11 FROM pg_foreign_data_wrapper
  UNION ALL SELECT 'pg_cast'::regclass, oid, 11 FROM pg_cast WHERE oid >= 16384
  UNION ALL SELECT 'pg_language'::regclass, oid, 12 FROM pg_language WHERE oid >= 16384
  UNION ALL SELECT 'pg_largeobject'::regclass, oid, 13 FROM pg_largeobject_metadata
  UNION ALL SELECT 'pg_default_acl'::regclass, oid, 14 FROM pg_default_acl
)
SELECT i.type, i.identity, o.oid::int8
FROM object o, pg_identify_object(o.class, o.oid, 0) i
WHERE i.identity IS NOT NULL
  AND NOT EXISTS (
    SELECT FROM pg_depend d WHERE d.classid = o.class AND d.objid = o.oid AND d.deptype IN ('e', 'i', 'a')
      AND (d.deptype = 'e' OR o.class <> 'pg_class'::regclass))
ORDER BY o.rank, i.type COLLATE "C", i.identity COLLATE "C"
