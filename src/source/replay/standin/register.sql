DO $tidegate$
DECLARE
    mark oid := 'tidegate_mark'::regnamespace;
    place oid := pg_catalog.current_schema()::regnamespace;
    ext oid := (SELECT oid FROM pg_catalog.pg_extension WHERE extname = @name@);
BEGIN
    IF ext IS NULL THEN
        ext := mark;
        INSERT INTO pg_catalog.pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
        VALUES (ext, @name@, (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = current_user), place, true, @version@);
        INSERT INTO pg_catalog.pg_depend (classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype)
        VALUES ('pg_catalog.pg_extension'::regclass, ext, 0, 'pg_catalog.pg_namespace'::regclass, place, 0, 'n');
    END IF;
    INSERT INTO pg_catalog.pg_depend (classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype)
    SELECT made.classid, made.objid, 0, 'pg_catalog.pg_extension'::regclass, ext, 0, 'e'
    FROM (
        SELECT 'pg_catalog.pg_class'::regclass, oid FROM pg_catalog.pg_class WHERE relkind IN ('r', 'v', 'm', 'S', 'f', 'p')
        UNION ALL SELECT 'pg_catalog.pg_type'::regclass, oid FROM pg_catalog.pg_type
            WHERE typelem = 0 AND (typrelid = 0 OR typrelid IN (SELECT oid FROM pg_catalog.pg_class WHERE relkind = 'c'))
        UNION ALL SELECT 'pg_catalog.pg_proc'::regclass, oid FROM pg_catalog.pg_proc
        UNION ALL SELECT 'pg_catalog.pg_operator'::regclass, oid FROM pg_catalog.pg_operator
        UNION ALL SELECT 'pg_catalog.pg_opclass'::regclass, oid FROM pg_catalog.pg_opclass
        UNION ALL SELECT 'pg_catalog.pg_opfamily'::regclass, oid FROM pg_catalog.pg_opfamily
        UNION ALL SELECT 'pg_catalog.pg_am'::regclass, oid FROM pg_catalog.pg_am
        UNION ALL SELECT 'pg_catalog.pg_cast'::regclass, oid FROM pg_catalog.pg_cast
        UNION ALL SELECT 'pg_catalog.pg_language'::regclass, oid FROM pg_catalog.pg_language
        UNION ALL SELECT 'pg_catalog.pg_foreign_data_wrapper'::regclass, oid FROM pg_catalog.pg_foreign_data_wrapper
        UNION ALL SELECT 'pg_catalog.pg_publication'::regclass, oid FROM pg_catalog.pg_publication
        UNION ALL SELECT 'pg_catalog.pg_event_trigger'::regclass, oid FROM pg_catalog.pg_event_trigger
        UNION ALL SELECT 'pg_catalog.pg_namespace'::regclass, oid FROM pg_catalog.pg_namespace
            WHERE nspname NOT LIKE 'pg\_%' AND nspname <> 'tidegate_mark' AND oid <> place
    ) AS made (classid, objid)
    WHERE made.objid > mark AND made.objid <> ext;
END
$tidegate$;
