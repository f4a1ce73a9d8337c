//! The tables of the sample.

use super::*;

pub(super) fn tables() -> Vec<Table> {
    vec![
        customers(),
        orders(),
        order_lines(),
        rooms(),
        odd_table(),
        events(),
        foreign_table(),
        Table { name: name("audit_base"), columns: vec![column("at", "timestamp with time zone")], ..Table::default() },
    ]
    .into_iter()
    .chain(partitions())
    .chain([Table {
        name: name("audit_log"),
        inherits: vec![name("audit_base")],
        unlogged: true,
        options: strings(&["fillfactor=70"]),
        replica_identity: Some("full".into()),
        columns: vec![
            Column { inherited: true, ..column("at", "timestamp with time zone") },
            Column { storage: Some("external".into()), compression: Some("lz4".into()), ..column("entry", "jsonb") },
        ],
        ..Table::default()
    }])
    .collect()
}

fn customers() -> Table {
    Table {
        name: name("customers"),
        about: About {
            comment: Some(
                "Who buys.\n\n- not a list\n# not a heading\n\"quoted\", `ticked` and <script>alert(1)</script>".into(),
            ),
            owner: Some("shop_owner".into()),
            extension: None,
            grants: vec![
                Grant {
                    role: "app".into(),
                    privileges: strings(&["INSERT", "SELECT"]),
                    grantable: true,
                    revoked: false,
                },
                Grant { role: "PUBLIC".into(), privileges: strings(&["SELECT"]), ..Grant::default() },
            ],
        },
        columns: vec![
            Column {
                not_null: true,
                identity: Some(Identity { mode: IdentityMode::Always, options: strings(&["START WITH 100"]) }),
                ..column("id", "bigint")
            },
            Column {
                not_null: true,
                collation: Some("pg_catalog.\"C\"".into()),
                comment: Some("Unique, ~case-insensitively~ | 100%%".into()),
                grants: vec![Grant { role: "support".into(), privileges: strings(&["UPDATE"]), ..Grant::default() }],
                ..column("email", "public.email_address")
            },
            Column { default: Some("'new'::public.mood".into()), ..column("mood", "public.mood[]") },
            Column {
                generated: Some(Generated { expression: "lower((email)::text)".into(), is_virtual: false }),
                ..column("email_lower", "text")
            },
            Column {
                default: Some("now()".into()),
                not_null: true,
                ..column("created_at", "timestamp with time zone")
            },
            column("referrer_id", "bigint"),
            column("home", "public.address"),
        ],
        primary_key: Some(key("customers_pkey", &["id"])),
        unique_keys: vec![UniqueKey { nulls_not_distinct: true, ..key("customers_email_key", &["email"]) }],
        foreign_keys: vec![ForeignKey {
            on_delete: ReferentialAction::SetNull,
            on_delete_columns: strings(&["referrer_id"]),
            deferrable: true,
            initially_deferred: true,
            comment: Some("Who sent them".into()),
            ..foreign("customers_referrer_fkey", &["referrer_id"], name("customers"), &["id"])
        }],
        checks: vec![Check {
            name: "email_has_at".into(),
            expression: "(email)::text ~~ '%@%'::text OR false || true".into(),
            not_valid: true,
            ..Check::default()
        }],
        not_nulls: vec![NamedNotNull {
            name: "must_have_email".into(),
            column: "email".into(),
            ..NamedNotNull::default()
        }],
        indexes: vec![
            Index {
                predicate: Some("mood IS NOT NULL".into()),
                include: strings(&["created_at"]),
                options: strings(&["fillfactor=90"]),
                comment: Some("For the list of moods".into()),
                ..index("customers_mood_idx", "gin", &["mood"])
            },
            Index {
                unique: true,
                keys: vec![IndexKey {
                    expression: Some("lower((email)::text)".into()),
                    operator_class: Some("text_pattern_ops".into()),
                    descending: true,
                    nulls_first: Some(false),
                    ..IndexKey::default()
                }],
                invalid: true,
                ..index("customers_lower_idx", "btree", &[])
            },
        ],
        triggers: vec![Trigger {
            name: "touch".into(),
            timing: "BEFORE".into(),
            events: strings(&["INSERT", "UPDATE"]),
            update_of: strings(&["email"]),
            for_each_row: true,
            when: Some("new.email IS DISTINCT FROM old.email".into()),
            function: name("touch"),
            arguments: strings(&["updated_at", "it's"]),
            enabled: Some("disabled".into()),
            comment: Some("Keeps time".into()),
            ..Trigger::default()
        }],
        row_security: true,
        force_row_security: true,
        policies: vec![
            Policy {
                name: "own rows".into(),
                roles: strings(&["app"]),
                using: Some("id = current_setting('app.id')::bigint".into()),
                check: Some("true".into()),
                comment: Some("Everybody sees their own".into()),
                ..Policy::default()
            },
            Policy {
                name: "no deletes".into(),
                restrictive: true,
                command: PolicyCommand::Delete,
                roles: strings(&["PUBLIC"]),
                using: Some("false".into()),
                ..Policy::default()
            },
        ],
        rules: vec![Rule {
            name: "protect".into(),
            definition: "CREATE RULE protect AS\n    ON DELETE TO public.customers DO INSTEAD NOTHING".into(),
            enabled: None,
            comment: Some("Belt and braces".into()),
        }],
        ..Table::default()
    }
}

fn orders() -> Table {
    Table {
        name: name("orders"),
        about: about("One row per checkout."),
        columns: vec![
            Column {
                not_null: true,
                default: Some("nextval('public.orders_id_seq'::regclass)".into()),
                ..column("id", "integer")
            },
            Column { not_null: true, ..column("customer_id", "bigint") },
            Column { not_null: true, ..column("total", "numeric(10,2)") },
            column("note", "character varying(255)"),
            column("during", "tstzrange"),
            column("customer_email", "text"),
        ],
        primary_key: Some(UniqueKey { include: strings(&["total"]), ..key("orders_pkey", &["id"]) }),
        foreign_keys: vec![
            ForeignKey {
                on_update: ReferentialAction::Cascade,
                on_delete: ReferentialAction::Restrict,
                match_type: MatchType::Full,
                not_valid: true,
                ..foreign("orders_customer_fkey", &["customer_id"], name("customers"), &["id"])
            },
            ForeignKey {
                is_virtual: true,
                ..foreign("orders_customer_email_virtual", &["customer_email"], name("customers"), &["email"])
            },
        ],
        checks: vec![Check {
            name: "total_positive".into(),
            expression: "total > 0::numeric".into(),
            ..Check::default()
        }],
        indexes: vec![Index { replica_identity: true, ..index("orders_customer_idx", "btree", &["customer_id"]) }],
        ..Table::default()
    }
}

fn order_lines() -> Table {
    Table {
        name: name("order_lines"),
        columns: vec![
            Column { not_null: true, ..column("order_id", "integer") },
            Column { not_null: true, ..column("line_no", "smallint") },
            column("2fa pk", "\"char\""),
            Column { not_null: true, default: Some("'{}'::jsonb".into()), ..column("data", "jsonb") },
            Column {
                generated: Some(Generated { expression: "data ->> 'sku'::text".into(), is_virtual: true }),
                ..column("sku", "text")
            },
        ],
        primary_key: Some(key("order_lines_pkey", &["order_id", "line_no"])),
        foreign_keys: vec![ForeignKey {
            on_delete: ReferentialAction::Cascade,
            ..foreign("order_lines_order_fkey", &["order_id"], name("orders"), &["id"])
        }],
        ..Table::default()
    }
}

fn rooms() -> Table {
    Table {
        name: name("bookings"),
        columns: vec![
            Column { not_null: true, ..column("room", "integer") },
            Column { not_null: true, ..column("during", "daterange") },
            column("order_id", "integer"),
            column("line_no", "smallint"),
        ],
        primary_key: Some(UniqueKey { without_overlaps: true, ..key("bookings_pkey", &["room", "during"]) }),
        unique_keys: vec![key("bookings_order_line_key", &["order_id", "line_no"])],
        foreign_keys: vec![
            ForeignKey {
                match_type: MatchType::Simple,
                not_enforced: true,
                ..foreign("bookings_line_fkey", &["order_id", "line_no"], name("order_lines"), &["order_id", "line_no"])
            },
            ForeignKey {
                period: true,
                ..foreign("bookings_self_fkey", &["room", "during"], name("bookings"), &["room", "during"])
            },
        ],
        exclusions: vec![Exclusion {
            name: "no_overlap".into(),
            definition: "EXCLUDE USING gist (room WITH =, during WITH &&)".into(),
            deferrable: true,
            comment: Some("One at a time".into()),
            ..Exclusion::default()
        }],
        ..Table::default()
    }
}

fn odd_table() -> Table {
    Table {
        name: odd("we\"ird % \\ direction LR | [x](y)\n表"),
        about: about("| pipes | and ``ticks`` &amp; %%{init}%%"),
        columns: vec![
            Column { not_null: true, ..column("pk", "uuid") },
            column("naïve 表", "\"Odd Names\".\"My Type\""),
            column("a\"b.c", "timestamp(3) without time zone"),
            Column { comment: Some("'''triple''' \\ back".into()), ..column("select", "text[]") },
            column("order", "integer"),
        ],
        primary_key: Some(key("odd \"pk\"", &["pk"])),
        foreign_keys: vec![
            foreign("odd \"fk\" direction TB", &["order"], name("orders"), &["id"]),
            foreign("gone_fkey", &["pk"], name("not_shown"), &["id"]),
        ],
        ..Table::default()
    }
}

fn events() -> Table {
    Table {
        name: name("events"),
        about: about("Partitioned by month."),
        columns: vec![
            Column { not_null: true, ..column("at", "timestamp with time zone") },
            Column { not_null: true, ..column("customer_id", "bigint") },
        ],
        partition_key: Some(PartitionKey { strategy: "range".into(), definition: "RANGE (at)".into() }),
        foreign_keys: vec![foreign("events_customer_fkey", &["customer_id"], name("customers"), &["id"])],
        indexes: vec![index("events_at_idx", "brin", &["at"])],
        ..Table::default()
    }
}

fn partitions() -> Vec<Table> {
    let partition = |text: &str, parent: &str, bound: &str| Table {
        name: name(text),
        columns: events().columns,
        foreign_keys: events().foreign_keys,
        partition_of: Some(PartitionOf { parent: name(parent), bound: bound.into() }),
        indexes: vec![Index { inherited: true, ..index(&format!("{text}_at_idx"), "brin", &["at"]) }],
        ..Table::default()
    };
    let mut january = partition("events_2024_01", "events", "FOR VALUES FROM ('2024-01-01') TO ('2024-02-01')");
    january.partition_key = Some(PartitionKey { strategy: "hash".into(), definition: "HASH (customer_id)".into() });
    let mut half = partition("events_2024_01_h0", "events_2024_01", "FOR VALUES WITH (modulus 2, remainder 0)");
    half.indexes.push(index("own_idx", "btree", &["customer_id"]));
    half.about.comment = Some("Hot".into());
    vec![january, half, partition("events_rest", "events", "DEFAULT")]
}

fn foreign_table() -> Table {
    Table {
        name: name("remote_stock"),
        foreign: Some(ForeignTable { server: "warehouse".into(), options: strings(&["table_name=stock"]) }),
        columns: vec![Column { options: strings(&["column_name=sku_id"]), ..column("sku", "text") }],
        ..Table::default()
    }
}
