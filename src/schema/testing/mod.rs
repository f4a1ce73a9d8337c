//! One synthetic schema that has every kind of object and most kinds of trouble, for the golden tests of every format.

mod tables;

use super::*;
use tables::tables;

/// The schema, in canonical order, and gaps to show beside it.
pub(crate) fn sample() -> (Schema, Vec<Gap>) {
    let mut schema = Schema {
        schemas: vec![
            Namespace { name: "public".into(), about: about("standard public schema") },
            Namespace {
                name: "Odd Names".into(),
                about: About { owner: Some("o'dd \"owner\"".into()), ..about("Names that\nbreak | things <b>") },
            },
        ],
        extensions: vec![
            Extension { name: "btree_gist".into(), version: "1.7".into(), schema: "public".into(), comment: None },
            Extension {
                name: "pgcrypto".into(),
                version: "1.3".into(),
                schema: "public".into(),
                comment: Some("Hashes of passwords".into()),
            },
        ],
        tables: tables(),
        ..Schema::default()
    };
    types(&mut schema);
    relations(&mut schema);
    routines(&mut schema);
    globals(&mut schema);
    schema.canonicalize();
    let gaps = vec![
        Gap {
            kind: GapKind::MissingExtension,
            scope: "extension pg_cron".into(),
            reason: "the engine lacks it; stand-ins took its place".into(),
        },
        Gap {
            kind: GapKind::NoPermission,
            scope: "schema secret".into(),
            reason: "permission denied for schema secret | see <docs>".into(),
        },
    ];
    (schema, gaps)
}

/// Many tables in several PostgreSQL schemas, with keys inside groups of ten and to a few hubs.
pub(crate) fn large(tables: usize, columns: usize) -> Schema {
    let mut schema = Schema::default();
    let name_of =
        |at: usize| QualifiedName::new(["public", "shop", "crm"][at % 3], format!("group{}_table{at}", at / 30));
    for at in 0..tables {
        let mut table = Table { name: name_of(at), ..Table::default() };
        table.about.comment = Some(format!("Table number {at} of a large schema"));
        table.columns.push(Column { not_null: true, ..column("id", "bigint") });
        table.primary_key = Some(key(&format!("table{at}_pkey"), &["id"]));
        for number in 1..columns {
            let data_type = ["text", "timestamp with time zone", "numeric(12,2)", "integer"][number % 4];
            table.columns.push(column(&format!("column_{number}"), data_type));
        }
        for (target, label) in [(at / 30 * 30 + at % 3, "head_id"), (at % 3, "hub_id")] {
            if target != at && target < tables {
                table.columns.push(column(label, "bigint"));
                table.foreign_keys.push(foreign(&format!("table{at}_{label}"), &[label], name_of(target), &["id"]));
            }
        }
        schema.tables.push(table);
    }
    schema.canonicalize();
    schema
}

fn name(name: &str) -> QualifiedName {
    QualifiedName::new("public", name)
}

fn odd(name: &str) -> QualifiedName {
    QualifiedName::new("Odd Names", name)
}

fn about(comment: &str) -> About {
    About { comment: Some(comment.into()), ..About::default() }
}

fn column(name: &str, data_type: &str) -> Column {
    Column { name: name.into(), data_type: data_type.into(), ..Column::default() }
}

fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

fn key(name: &str, columns: &[&str]) -> UniqueKey {
    UniqueKey { name: name.into(), columns: strings(columns), ..UniqueKey::default() }
}

fn foreign(name: &str, columns: &[&str], references: QualifiedName, referenced: &[&str]) -> ForeignKey {
    ForeignKey {
        name: name.into(),
        columns: strings(columns),
        references,
        referenced_columns: strings(referenced),
        ..ForeignKey::default()
    }
}

fn index(name: &str, method: &str, keys: &[&str]) -> Index {
    let keys = keys.iter().map(|key| IndexKey { column: Some((*key).to_owned()), ..IndexKey::default() }).collect();
    Index { name: name.into(), method: method.into(), keys, ..Index::default() }
}

fn types(schema: &mut Schema) {
    schema.enums = vec![
        EnumType {
            name: name("mood"),
            about: About {
                owner: Some("shop_owner".into()),
                grants: vec![Grant {
                    role: "PUBLIC".into(),
                    privileges: strings(&["USAGE"]),
                    revoked: true,
                    ..Grant::default()
                }],
                ..about("How they feel")
            },
            labels: strings(&["new", "it's | \"fine\"", "so `so`"]),
        },
        EnumType { name: odd("My Type"), about: About::default(), labels: strings(&["A", "B"]) },
    ];
    schema.domains = vec![Domain {
        name: name("email_address"),
        about: about("Checked text"),
        data_type: "text".into(),
        not_null: true,
        default: Some("''::text".into()),
        collation: Some("pg_catalog.\"C\"".into()),
        checks: vec![Check { name: "has_at".into(), expression: "VALUE ~ '@'::text".into(), ..Check::default() }],
    }];
    schema.composites = vec![CompositeType {
        name: name("address"),
        about: about("Where"),
        attributes: vec![column("street", "text"), column("mood", "public.mood")],
    }];
    schema.ranges = vec![RangeType {
        name: name("floatrange"),
        subtype: "double precision".into(),
        multirange: Some("public.floatmultirange".into()),
        subtype_diff: Some("float8mi".into()),
        ..RangeType::default()
    }];
    schema.sequences = vec![Sequence {
        name: name("orders_id_seq"),
        about: about("Numbers of orders"),
        data_type: "integer".into(),
        start: 1,
        increment: 1,
        min: 1,
        max: 2_147_483_647,
        cache: 10,
        cycle: true,
        unlogged: false,
        owned_by_table: Some(name("orders")),
        owned_by_column: Some("id".into()),
    }];
}

fn relations(schema: &mut Schema) {
    schema.views = vec![
        View {
            name: name("open_orders"),
            about: about("What is to be sent"),
            columns: vec![Column { comment: Some("of the order".into()), ..column("id", "integer") }],
            definition: " SELECT orders.id\n   FROM public.orders".into(),
            options: strings(&["security_invoker=true"]),
            depends_on: vec![name("orders")],
            triggers: vec![Trigger {
                name: "on_insert".into(),
                timing: "INSTEAD OF".into(),
                events: strings(&["INSERT"]),
                for_each_row: true,
                function: name("touch"),
                ..Trigger::default()
            }],
            rules: vec![Rule { name: "r".into(), definition: "CREATE RULE r AS …".into(), ..Rule::default() }],
            ..View::default()
        },
        View {
            name: name("sales"),
            materialized: true,
            columns: vec![column("total", "numeric")],
            definition: " SELECT sum(total) AS total\n   FROM public.open_orders".into(),
            depends_on: vec![name("open_orders"), name("customers")],
            indexes: vec![Index { unique: true, ..index("sales_idx", "btree", &["total"]) }],
            ..View::default()
        },
    ];
    schema.statistics = vec![Statistics {
        name: name("orders_stats"),
        table: name("orders"),
        kinds: strings(&["dependencies", "ndistinct"]),
        on: strings(&["customer_id", "total"]),
        about: about("For the planner"),
    }];
}

fn routines(schema: &mut Schema) {
    let argument = |text: Option<&str>, data_type: &str, mode, default: Option<&str>| Argument {
        name: text.map(str::to_owned),
        data_type: data_type.into(),
        mode,
        default: default.map(str::to_owned),
    };
    schema.routines = vec![
        Routine {
            name: name("touch"),
            about: about("Keeps time"),
            returns: Some("trigger".into()),
            language: "plpgsql".into(),
            body: "\nBEGIN\n  -- ```not the end```\n  NEW.updated_at := now();\n\n\n  RETURN NEW;\nEND\n".into(),
            settings: strings(&["search_path=public, pg_temp"]),
            security_definer: true,
            ..Routine::default()
        },
        Routine {
            name: name("add"),
            identity: "a integer, VARIADIC more integer[]".into(),
            arguments: vec![
                argument(Some("a"), "integer", ArgumentMode::In, Some("0")),
                argument(Some("more"), "integer[]", ArgumentMode::Variadic, None),
                argument(Some("Sum"), "bigint", ArgumentMode::Out, None),
            ],
            returns: Some("bigint".into()),
            language: "sql".into(),
            volatility: Some("immutable".into()),
            strict: true,
            parallel: Some("safe".into()),
            cost: Some("5".into()),
            body: "SELECT 1".into(),
            ..Routine::default()
        },
        Routine {
            name: name("add"),
            identity: "a text".into(),
            arguments: vec![argument(None, "text", ArgumentMode::In, None)],
            returns: Some("text".into()),
            language: "sql".into(),
            body: "SELECT $1".into(),
            ..Routine::default()
        },
        Routine {
            name: name("close_day"),
            kind: RoutineKind::Procedure,
            about: About {
                grants: vec![Grant {
                    role: "PUBLIC".into(),
                    privileges: strings(&["EXECUTE"]),
                    revoked: true,
                    ..Grant::default()
                }],
                ..About::default()
            },
            language: "plpython3u".into(),
            body: "pass".into(),
            ..Routine::default()
        },
    ];
    schema.aggregates = vec![Aggregate {
        name: name("product"),
        identity: "numeric".into(),
        about: about("All of them, multiplied"),
        returns: "numeric".into(),
        transition_function: "numeric_mul".into(),
        state_type: "numeric".into(),
        initial_value: Some("1".into()),
        ..Aggregate::default()
    }];
}

fn globals(schema: &mut Schema) {
    schema.event_triggers = vec![EventTrigger {
        name: "no_drops".into(),
        about: about("Asks before it drops"),
        event: "sql_drop".into(),
        tags: strings(&["DROP TABLE"]),
        function: name("touch"),
        enabled: Some("always".into()),
    }];
    schema.publications = vec![Publication {
        name: "out".into(),
        about: about("For the warehouse"),
        schemas: strings(&["Odd Names"]),
        tables: vec![PublishedTable {
            name: name("orders"),
            columns: strings(&["id", "total"]),
            filter: Some("(total > 10)".into()),
        }],
        operations: strings(&["insert", "update"]),
        via_partition_root: true,
        ..Publication::default()
    }];
    schema.foreign_servers = vec![ForeignServer {
        name: "warehouse".into(),
        about: About { owner: Some("shop_owner".into()), ..about("The other database") },
        wrapper: "postgres_fdw".into(),
        server_type: Some("pg".into()),
        version: Some("17".into()),
        options: strings(&["dbname=stock"]),
    }];
}
