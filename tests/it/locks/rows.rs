//! The statements whose locks are held against real servers, and shown in the guide.

/// One statement.
pub(crate) struct Row {
    /// What is there before, besides [`BASE`].
    pub(crate) before: &'static str,
    pub(crate) sql: &'static str,
    /// The first major version that has it.
    pub(crate) since: u32,
    pub(crate) run: Run,
    /// What the database is known to have, for the locks to be sure.
    pub(crate) knows: Knows,
    /// What to do instead, for the guide. Empty where there is nothing to say; the row is in the guide all the same
    /// where `guide` is set.
    pub(crate) instead: &'static str,
    pub(crate) guide: bool,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Run {
    /// In a transaction that is held open while the locks are read.
    Held,
    /// As above; it reads rows as a query does, which is not what is meant by a scan.
    Query,
    /// Outside a transaction, held up by others who hold these locks, one after the other.
    HeldUp(&'static [&'static str]),
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Knows {
    Nothing,
    /// The type of every column, whether it is proven not to be null, whether a partition fits.
    Everything,
}

const fn row(sql: &'static str) -> Row {
    Row { before: "", sql, since: 12, run: Run::Held, knows: Knows::Nothing, instead: "", guide: false }
}

impl Row {
    const fn before(self, before: &'static str) -> Self {
        Self { before, ..self }
    }
    const fn since(self, since: u32) -> Self {
        Self { since, ..self }
    }
    const fn query(self) -> Self {
        Self { run: Run::Query, ..self }
    }
    const fn held_up(self, by: &'static [&'static str]) -> Self {
        Self { run: Run::HeldUp(by), ..self }
    }
    const fn known(self) -> Self {
        Self { knows: Knows::Everything, ..self }
    }
    const fn guide(self, instead: &'static str) -> Self {
        Self { instead, guide: true, ..self }
    }
}

pub(crate) const BASE: &str = "
    CREATE TABLE u (id int PRIMARY KEY, x int);
    INSERT INTO u SELECT i, i FROM generate_series(1, 20) i;
    CREATE TABLE t (id int PRIMARY KEY, a int, b text, n numeric(10, 2), v varchar(10), at timestamptz, u_id int);
    INSERT INTO t SELECT i, i, i::text, i, i::text, now(), i FROM generate_series(1, 20) i;
    CREATE INDEX t_a ON t (a);
";

const KEY: &str = "ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (u_id) REFERENCES u";
const KEY_NOT_VALID: &str = "ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (u_id) REFERENCES u NOT VALID";
const CHECK: &str = "ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL)";
const PARTITIONED: &str = "
    CREATE TABLE p (id int, k int) PARTITION BY RANGE (k);
    CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
    INSERT INTO p SELECT i, i FROM generate_series(1, 9) i;
    CREATE TABLE q (id int, k int);
    INSERT INTO q SELECT i, i FROM generate_series(11, 19) i";
const DEFAULT_PARTITION: &str = "
    CREATE TABLE p (id int, k int) PARTITION BY RANGE (k);
    CREATE TABLE pd PARTITION OF p DEFAULT;
    INSERT INTO p SELECT i, i FROM generate_series(1, 9) i;
    CREATE TABLE q (id int, k int);
    INSERT INTO q SELECT i, i FROM generate_series(11, 19) i";
const PROVEN_PARTITION: &str = "
    CREATE TABLE p (id int, k int) PARTITION BY RANGE (k);
    CREATE TABLE q (id int, k int NOT NULL, CHECK (k >= 10 AND k < 20));
    INSERT INTO q SELECT i, i FROM generate_series(11, 19) i";
const INHERITED: &str = "CREATE TABLE child () INHERITS (t); INSERT INTO child SELECT * FROM t";
const VIEW: &str = "CREATE VIEW w AS SELECT * FROM t";
const MATERIALIZED: &str = "CREATE MATERIALIZED VIEW m AS SELECT * FROM t; CREATE UNIQUE INDEX ON m (id)";
const DOMAIN: &str = "CREATE DOMAIN d AS int; CREATE TABLE e (x d); INSERT INTO e SELECT generate_series(1, 9)";
const FUNCTION: &str = "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'";
const TRIGGER: &str = "
    CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()";
const POLICY: &str = "CREATE POLICY y ON t USING (true)";
const SEQUENCE: &str = "CREATE SEQUENCE s OWNED BY t.a";
const IDENTITY: &str = "ALTER TABLE t ALTER id ADD GENERATED ALWAYS AS IDENTITY";

/// What writes to `t` in an open transaction: index builds wait for it.
const WRITER: &[&str] = &["INSERT INTO t (id) VALUES (1000)"];
/// A lock that any maintenance of `t` waits for.
const TENDER: &[&str] = &["LOCK TABLE t IN SHARE UPDATE EXCLUSIVE MODE"];

#[rustfmt::skip]
pub(crate) const ROWS: &[Row] = &[
    // Indexes.
    row("CREATE INDEX i ON t (a)").guide("`CREATE INDEX CONCURRENTLY`, outside a transaction"),
    row("CREATE INDEX CONCURRENTLY i ON t (a)").held_up(WRITER).guide("drop the invalid index and try again if it fails"),
    row("CREATE INDEX i ON p (k)").before(PARTITIONED),
    row("CREATE INDEX i ON ONLY p (k)").before(PARTITIONED),
    row("DROP INDEX t_a").guide("`DROP INDEX CONCURRENTLY`, outside a transaction"),
    row("DROP INDEX CONCURRENTLY t_a").held_up(WRITER).guide(""),
    row("REINDEX TABLE t").guide("`REINDEX TABLE CONCURRENTLY`"),
    row("REINDEX TABLE CONCURRENTLY t").held_up(WRITER).guide(""),
    row("REINDEX INDEX t_a").guide("`REINDEX INDEX CONCURRENTLY`"),
    row("REINDEX INDEX CONCURRENTLY t_a").held_up(WRITER).guide(""),
    row("ALTER INDEX t_a RENAME TO t_b").guide(""),
    row("ALTER INDEX t_a SET (fillfactor = 70)"),
    row("ALTER INDEX i ATTACH PARTITION i1").before("
        CREATE TABLE p (id int, k int) PARTITION BY RANGE (k);
        CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
        CREATE INDEX i ON ONLY p (k); CREATE INDEX i1 ON p1 (k)"),

    // Columns.
    row("ALTER TABLE t ADD COLUMN c text").guide("safe, if it does not wait long for its lock: set `lock_timeout`"),
    row("ALTER TABLE t ADD COLUMN c timestamptz NOT NULL DEFAULT now()").guide("free since PostgreSQL 11: the default is kept in the catalog"),
    row("ALTER TABLE t ADD COLUMN c uuid DEFAULT gen_random_uuid()").since(13).guide("add the column without a default, `SET DEFAULT`, then fill it in batches"),
    row("ALTER TABLE t ADD COLUMN c bigserial").guide("add the column, attach a sequence, fill it in batches"),
    row("ALTER TABLE t ADD COLUMN c int GENERATED ALWAYS AS IDENTITY").guide("the same"),
    row("ALTER TABLE t ADD COLUMN c int GENERATED ALWAYS AS (a + 1) STORED").guide("an ordinary column with a trigger, or a virtual one (18)"),
    row("ALTER TABLE t ADD COLUMN c int GENERATED ALWAYS AS (a + 1) VIRTUAL").since(18).guide(""),
    row("ALTER TABLE t ADD COLUMN c int CHECK (c > 0)").guide("add the column, then `ADD CONSTRAINT … CHECK … NOT VALID` and `VALIDATE`"),
    row("ALTER TABLE t ADD COLUMN c int UNIQUE").guide("add the column, then a unique index concurrently, then `ADD CONSTRAINT … USING INDEX`"),
    row("ALTER TABLE t ADD COLUMN c int REFERENCES u").guide("safe but for its wait on two tables: set `lock_timeout`"),
    row("ALTER TABLE t ADD COLUMN c d").before("CREATE DOMAIN d AS int CHECK (VALUE > 0)").guide("the base type, with a `CHECK` that is `NOT VALID` at first"),
    row("ALTER TABLE t ADD COLUMN c int").before(INHERITED),
    row("ALTER TABLE p ADD COLUMN c int").before(PARTITIONED),
    row("ALTER TABLE t DROP COLUMN a").guide("first release code that does not use it; its values cannot be brought back"),
    row("ALTER TABLE t DROP COLUMN u_id").before(KEY),
    row("ALTER TABLE t DROP COLUMN a").before(SEQUENCE),
    row("ALTER TABLE t ALTER COLUMN a SET DEFAULT 1").guide(""),
    row("ALTER TABLE t ALTER COLUMN a DROP DEFAULT"),
    row("ALTER TABLE t ALTER COLUMN a SET NOT NULL").guide("`ADD CONSTRAINT … CHECK (a IS NOT NULL) NOT VALID`, `VALIDATE`, then `SET NOT NULL`"),
    row("ALTER TABLE t ALTER COLUMN a SET NOT NULL").known(),
    row("ALTER TABLE t ALTER COLUMN a SET NOT NULL").before(CHECK).known(),
    row("ALTER TABLE t ALTER COLUMN a DROP NOT NULL").guide(""),
    row("ALTER TABLE t ALTER COLUMN a TYPE bigint").guide("a new column, kept in step by a trigger, filled in batches, swapped by a rename"),
    row("ALTER TABLE t ALTER COLUMN a TYPE bigint").known(),
    row("ALTER TABLE t ALTER COLUMN a TYPE int USING a + 1"),
    row("ALTER TABLE t ALTER COLUMN v TYPE varchar(20)").known(),
    row("ALTER TABLE t ALTER COLUMN v TYPE varchar(5)").known(),
    row("ALTER TABLE t ALTER COLUMN v TYPE text").known(),
    row("ALTER TABLE t ALTER COLUMN v TYPE text USING v::text").known(),
    row("ALTER TABLE t ALTER COLUMN b TYPE varchar").known(),
    row("ALTER TABLE t ALTER COLUMN b TYPE varchar(20)").known(),
    row("ALTER TABLE t ALTER COLUMN n TYPE numeric(12, 2)").known(),
    row("ALTER TABLE t ALTER COLUMN n TYPE numeric(12, 3)").known(),
    row("ALTER TABLE t ALTER COLUMN n TYPE numeric").known(),
    row("ALTER TABLE t ALTER COLUMN x TYPE inet").before("ALTER TABLE t ADD x cidr").known(),
    row("ALTER TABLE t ALTER COLUMN x TYPE timestamp(3)").before("ALTER TABLE t ADD x timestamp(0)").known(),
    row("ALTER TABLE t ALTER COLUMN x TYPE timestamp(0)").before("ALTER TABLE t ADD x timestamp(3)").known(),
    row("ALTER TABLE t ALTER COLUMN x TYPE varchar(9)[]").before("ALTER TABLE t ADD x varchar(5)[]").known(),
    row("ALTER TABLE t ALTER COLUMN x TYPE text[]").before("ALTER TABLE t ADD x varchar(5)[]").known(),
    row("ALTER TABLE t ALTER COLUMN x TYPE jsonb").before("ALTER TABLE t ADD x json").known(),
    row("ALTER TABLE t ALTER COLUMN x TYPE text").before("ALTER TABLE t ADD x char(5)").known(),
    row("ALTER TABLE t ALTER COLUMN x TYPE varbit(9)").before("ALTER TABLE t ADD x varbit(5)").known(),
    row("ALTER TABLE t ALTER COLUMN x TYPE interval(6)").before("ALTER TABLE t ADD x interval(3)").known(),
    row("ALTER TABLE t ALTER COLUMN x TYPE int").before("CREATE DOMAIN d AS int; ALTER TABLE t ADD x d").known(),
    row("ALTER TABLE t ALTER COLUMN u_id TYPE bigint").before(KEY).known(),
    row("ALTER TABLE t ALTER COLUMN a ADD GENERATED ALWAYS AS IDENTITY").before("ALTER TABLE t ALTER a SET NOT NULL").guide(""),
    row("ALTER TABLE t ALTER COLUMN id SET GENERATED BY DEFAULT").before(IDENTITY),
    row("ALTER TABLE t ALTER COLUMN id DROP IDENTITY").before(IDENTITY),
    row("ALTER TABLE t ALTER COLUMN c DROP EXPRESSION").since(13).before("ALTER TABLE t ADD c int GENERATED ALWAYS AS (a + 1) STORED"),
    row("ALTER TABLE t ALTER COLUMN c SET EXPRESSION AS (a + 2)").since(17).before("ALTER TABLE t ADD c int GENERATED ALWAYS AS (a + 1) STORED").guide(""),
    row("ALTER TABLE t ALTER COLUMN a SET STATISTICS 100").guide(""),
    row("ALTER TABLE t ALTER COLUMN b SET STORAGE EXTERNAL").guide(""),
    row("ALTER TABLE t ALTER COLUMN b SET COMPRESSION pglz").since(14),
    row("ALTER TABLE t ALTER COLUMN a SET (n_distinct = 5)"),
    row("ALTER TABLE t RENAME COLUMN a TO c").guide("breaks code that runs: a new column, or a view with the old names"),

    // Constraints.
    row("ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)").guide("`NOT VALID`, then `VALIDATE CONSTRAINT` in another transaction"),
    row("ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID").guide(""),
    row("ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (u_id) REFERENCES u").guide("`NOT VALID`, then `VALIDATE CONSTRAINT` in another transaction"),
    row("ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (u_id) REFERENCES u NOT VALID").guide(""),
    row("ALTER TABLE t VALIDATE CONSTRAINT c").before("ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID").guide(""),
    row("ALTER TABLE t VALIDATE CONSTRAINT k").before(KEY_NOT_VALID),
    row("ALTER TABLE t ADD CONSTRAINT c NOT NULL a").since(18).guide("`NOT VALID`, then `VALIDATE CONSTRAINT`"),
    row("ALTER TABLE t ADD CONSTRAINT c NOT NULL a NOT VALID").since(18).guide(""),
    row("ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT ENFORCED").since(18),
    row("ALTER TABLE t ADD CONSTRAINT c UNIQUE (a)").guide("a unique index concurrently, then `ADD CONSTRAINT … UNIQUE USING INDEX`"),
    row("ALTER TABLE t ADD CONSTRAINT c UNIQUE USING INDEX i").before("CREATE UNIQUE INDEX i ON t (a)").guide(""),
    row("ALTER TABLE u2 ADD PRIMARY KEY (id)").before("CREATE TABLE u2 AS SELECT * FROM u").guide("a unique index concurrently, the column proven `NOT NULL`, then `ADD PRIMARY KEY USING INDEX`"),
    row("ALTER TABLE u2 ADD PRIMARY KEY USING INDEX i").before("CREATE TABLE u2 AS SELECT * FROM u; CREATE UNIQUE INDEX i ON u2 (id); ALTER TABLE u2 ALTER id SET NOT NULL").guide("`SET NOT NULL` first, with a `CHECK` that proves it"),
    row("ALTER TABLE t ADD CONSTRAINT c EXCLUDE (a WITH =)").guide("there is no other way: choose a quiet hour"),
    row("ALTER TABLE t DROP CONSTRAINT k").before(KEY).guide("set `lock_timeout`: it waits for two tables"),
    row("ALTER TABLE t DROP CONSTRAINT c").before(CHECK),
    row("ALTER TABLE u DROP CONSTRAINT u_pkey CASCADE").before(KEY),
    row("ALTER TABLE t ALTER CONSTRAINT k DEFERRABLE").before(KEY),
    row("ALTER TABLE t ALTER CONSTRAINT k ENFORCED").since(18).before("ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (u_id) REFERENCES u NOT ENFORCED"),
    row("ALTER TABLE t ALTER CONSTRAINT k NOT ENFORCED").since(18).before(KEY),
    row("ALTER TABLE t RENAME CONSTRAINT c TO c2").before(CHECK),

    // Tables.
    row("CREATE TABLE x (id int, t_id int REFERENCES t)").guide("set `lock_timeout`: it waits for the table that it points to"),
    row("CREATE TABLE x (LIKE t INCLUDING ALL)"),
    row("CREATE TABLE x () INHERITS (t)"),
    row("CREATE TABLE x AS SELECT * FROM t").query(),
    row("SELECT * INTO x FROM t").query(),
    row("DROP TABLE t").guide("first release code that does not use it; its rows cannot be brought back"),
    row("DROP TABLE t").before(KEY),
    row("DROP TABLE t CASCADE").before(VIEW),
    row("DROP TABLE u CASCADE").before(KEY),
    row("DROP TABLE p1").before(PARTITIONED),
    row("DROP TABLE p").before(PARTITIONED),
    row("DROP TABLE t").before(SEQUENCE),
    row("TRUNCATE t").guide("delete in batches, if others have to read; its rows cannot be brought back"),
    row("TRUNCATE u CASCADE").before(KEY),
    row("TRUNCATE p").before(PARTITIONED),
    row("ALTER TABLE t RENAME TO x").guide("breaks code that runs: a view with the old name"),
    row("ALTER TABLE t SET SCHEMA other").before("CREATE SCHEMA other").guide("the same"),
    row("ALTER TABLE t OWNER TO pg_monitor"),
    row("ALTER TABLE t SET (fillfactor = 70)").guide(""),
    row("ALTER TABLE t SET (autovacuum_enabled = off, toast.autovacuum_enabled = off)"),
    row("ALTER TABLE t SET (user_catalog_table = true)"),
    row("ALTER TABLE t SET UNLOGGED").guide("there is no other way: choose a quiet hour"),
    row("ALTER TABLE t SET LOGGED").before("ALTER TABLE t SET UNLOGGED"),
    row("ALTER TABLE t SET TABLESPACE spare").guide("`pg_repack`, or a quiet hour"),
    row("ALTER TABLE t ENABLE ROW LEVEL SECURITY").guide(""),
    row("ALTER TABLE t FORCE ROW LEVEL SECURITY"),
    row("ALTER TABLE t REPLICA IDENTITY FULL").guide(""),
    row("ALTER TABLE t CLUSTER ON t_a"),
    row("ALTER TABLE t SET WITHOUT CLUSTER"),
    row("ALTER TABLE child INHERIT u").before("CREATE TABLE child (id int NOT NULL, x int)"),
    row("ALTER TABLE child NO INHERIT t").before(INHERITED),
    row("ALTER TABLE t DISABLE TRIGGER ALL").before(TRIGGER).guide(""),
    row("COMMENT ON TABLE t IS 'x'").guide(""),
    row("COMMENT ON COLUMN t.a IS 'x'"),
    row("GRANT SELECT ON t TO public"),
    row("GRANT SELECT ON ALL TABLES IN SCHEMA public TO public"),

    // Partitions.
    row("CREATE TABLE x PARTITION OF p FOR VALUES FROM (20) TO (30)").before(PARTITIONED).guide("`CREATE TABLE … (LIKE …)`, then `ATTACH PARTITION`"),
    row("CREATE TABLE x PARTITION OF p FOR VALUES FROM (20) TO (30)").before(DEFAULT_PARTITION),
    row("ALTER TABLE p ATTACH PARTITION q FOR VALUES FROM (10) TO (20)").before(PARTITIONED).guide("a validated `CHECK` on the table that proves its bounds, and none of the default partition's rows in them"),
    row("ALTER TABLE p ATTACH PARTITION q FOR VALUES FROM (10) TO (20)").before(PROVEN_PARTITION).known(),
    row("ALTER TABLE p ATTACH PARTITION q FOR VALUES FROM (10) TO (20)").before(DEFAULT_PARTITION),
    row("ALTER TABLE p DETACH PARTITION p1").before(PARTITIONED).guide("`DETACH PARTITION … CONCURRENTLY` (since 14), outside a transaction"),
    row("ALTER TABLE p DETACH PARTITION q").before("
        CREATE TABLE p (id int, k int) PARTITION BY RANGE (k);
        CREATE TABLE q PARTITION OF p FOR VALUES FROM (0) TO (10);
        CREATE TABLE pd PARTITION OF p DEFAULT"),
    row("ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY").since(14).before(PARTITIONED).guide("")
        .held_up(&["LOCK TABLE ONLY p IN ACCESS SHARE MODE", "LOCK TABLE p1 IN ACCESS SHARE MODE"]),

    // What hangs on tables.
    row("CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()").before(FUNCTION).guide("set `lock_timeout`"),
    row("CREATE CONSTRAINT TRIGGER g AFTER INSERT ON t FROM u FOR EACH ROW EXECUTE FUNCTION f()").before(FUNCTION),
    row("CREATE TRIGGER g BEFORE INSERT ON p FOR EACH ROW EXECUTE FUNCTION f()").since(13)
        .before("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TABLE p (k int) PARTITION BY LIST (k); CREATE TABLE p1 PARTITION OF p DEFAULT"),
    row("ALTER TRIGGER g ON t RENAME TO g2").before(TRIGGER),
    row("DROP TRIGGER g ON t").before(TRIGGER).guide("set `lock_timeout`"),
    row("CREATE POLICY y ON t USING (true)").guide("set `lock_timeout`"),
    row("ALTER POLICY y ON t USING (false)").before(POLICY),
    row("DROP POLICY y ON t").before(POLICY),
    row("CREATE RULE r AS ON INSERT TO t DO ALSO NOTHING"),
    row("DROP RULE r ON t").before("CREATE RULE r AS ON INSERT TO t DO ALSO NOTHING"),
    row("CREATE STATISTICS st ON a, b FROM t").guide(""),
    row("CREATE VIEW x AS SELECT * FROM t").guide(""),
    row("CREATE OR REPLACE VIEW w AS SELECT * FROM t").before(VIEW).guide(""),
    row("DROP VIEW w").before(VIEW).guide(""),
    row("ALTER VIEW w RENAME TO w2").before(VIEW),
    row("CREATE SEQUENCE s"),
    row("CREATE SEQUENCE s OWNED BY t.a"),
    row("ALTER SEQUENCE s RESTART WITH 5").before(SEQUENCE),
    row("ALTER SEQUENCE s OWNED BY u.x").before("CREATE SEQUENCE s"),
    row("DROP SEQUENCE s").before("CREATE SEQUENCE s"),

    // Types.
    row("ALTER TYPE m ADD VALUE 'c'").before("CREATE TYPE m AS ENUM ('a'); CREATE TABLE e (x m)").guide("the value cannot be used in the same transaction"),
    row("ALTER TYPE m RENAME VALUE 'a' TO 'c'").before("CREATE TYPE m AS ENUM ('a'); CREATE TABLE e (x m)").guide("breaks code that runs"),
    row("ALTER TYPE k ADD ATTRIBUTE y int CASCADE").before("CREATE TYPE k AS (x int); CREATE TABLE e OF k"),
    row("ALTER TYPE k RENAME ATTRIBUTE x TO y CASCADE").before("CREATE TYPE k AS (x int); CREATE TABLE e OF k"),
    row("ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE > 0)").before(DOMAIN).guide("`NOT VALID`, then `VALIDATE CONSTRAINT`"),
    row("ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE > 0) NOT VALID").before(DOMAIN).guide(""),
    row("ALTER DOMAIN d VALIDATE CONSTRAINT c").before("CREATE DOMAIN d AS int; CREATE TABLE e (x d); INSERT INTO e SELECT generate_series(1, 9); ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE > 0) NOT VALID").guide(""),
    row("ALTER DOMAIN d SET NOT NULL").before(DOMAIN),
    row("ALTER DOMAIN d SET DEFAULT 1").before(DOMAIN),

    // Maintenance.
    row("VACUUM t").held_up(TENDER).guide(""),
    row("VACUUM FULL t").held_up(TENDER).guide("`pg_repack`, or a quiet hour"),
    row("ANALYZE t").query().guide(""),
    row("CLUSTER t USING t_a").guide("`pg_repack`, or a quiet hour"),
    row("REFRESH MATERIALIZED VIEW m").before(MATERIALIZED).guide("`REFRESH MATERIALIZED VIEW CONCURRENTLY`, with a unique index"),
    row("REFRESH MATERIALIZED VIEW CONCURRENTLY m").before(MATERIALIZED).query().guide(""),
    row("LOCK TABLE t IN SHARE ROW EXCLUSIVE MODE"),
    row("LOCK TABLE t"),

    // Rows.
    row("SELECT * FROM t").query().guide(""),
    row("SELECT * FROM t, u FOR UPDATE OF t").query(),
    row("INSERT INTO t SELECT id + 100, x FROM u").query().guide(""),
    row("UPDATE t SET a = 2 WHERE id = 1").query().guide("in batches, each in a transaction of its own"),
    row("DELETE FROM t USING u WHERE t.id = u.id").query(),
    row("COPY t TO '/dev/null'").query(),

    // Nobody waits for these.
    row("CREATE TYPE m AS ENUM ('a')"),
    row("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'"),
    row("CREATE SCHEMA other"),
    row("SET lock_timeout = '1s'"),
];
