//! Schemas to draw: a small rich one that uses every kind of object, and generated ones of any size.

use tidegate::schema::{
    About, Column, Document, EnumType, ForeignKey, Gap, Identity, Index, IndexKey, QualifiedName, Schema, Table,
    UniqueKey,
};

/// `harbor.json`: six schemas, partitions, policies, odd names, gaps.
pub(super) fn harbor() -> (Schema, Vec<Gap>) {
    let mut document: Document = serde_json::from_str(include_str!("harbor.json")).unwrap();
    document.schema.canonicalize();
    (document.schema, document.gaps)
}

/// `tables` tables of eleven columns on average, with two indexes each and foreign keys to earlier ones.
pub(super) fn generated(tables: usize) -> Schema {
    let areas = ["catalog", "crm", "finance", "identity", "logistics", "public"];
    let nouns = ["account", "batch", "contract", "device", "entry", "folder", "grant", "invoice", "job", "ledger"];
    let area = |at: usize| at * areas.len() / tables;
    let name = |at: usize| QualifiedName::new(areas[area(at)], format!("{}_{at:04}", nouns[at * 3 % nouns.len()]));
    let column = |name: &str, data_type: &str| Column {
        name: name.to_owned(),
        data_type: data_type.to_owned(),
        ..Column::default()
    };
    let mut schema = Schema {
        enums: vec![EnumType {
            name: QualifiedName::new("public", "status"),
            labels: ["new", "active", "closed"].map(str::to_owned).to_vec(),
            ..EnumType::default()
        }],
        ..Schema::default()
    };
    for at in 0..tables {
        let own = name(at);
        let id = Column { not_null: true, identity: Some(Identity::default()), ..column("id", "bigint") };
        let mut table = Table {
            about: About { comment: (at % 3 == 0).then(|| format!("Number {at} of many.")), ..About::default() },
            columns: vec![id],
            primary_key: Some(UniqueKey {
                name: format!("{}_pkey", own.name),
                columns: vec!["id".to_owned()],
                ..UniqueKey::default()
            }),
            ..Table::default()
        };
        // Mostly its own area: its first table, a near one; now and then another area's.
        let first = (0..at).find(|other| area(*other) == area(at)).unwrap_or(0);
        let mut targets = vec![first, at.saturating_sub(1 + at % 11).max(first)];
        targets.extend((at % 9 == 0).then_some(at / 2));
        targets.retain(|target| *target < at);
        targets.dedup();
        for target in targets {
            let to = name(target);
            let key = format!("{}_id", to.name);
            if table.column(&key).is_some() {
                continue;
            }
            table.columns.push(column(&key, "bigint"));
            table.foreign_keys.push(ForeignKey {
                name: format!("{}_{key}_fkey", own.name),
                columns: vec![key],
                references: to,
                referenced_columns: vec!["id".to_owned()],
                ..ForeignKey::default()
            });
        }
        table.columns.push(Column { not_null: true, ..column("name", "character varying(255)") });
        table.columns.push(column("status", "public.status"));
        for extra in 0..2 + at * 5 % 9 {
            let kind = ["text", "integer", "numeric(12,2)", "jsonb", "boolean"][(at + extra) % 5];
            table.columns.push(column(&format!("attribute_{extra}"), kind));
        }
        table.columns.push(Column {
            not_null: true,
            default: Some("now()".to_owned()),
            ..column("created_at", "timestamp with time zone")
        });
        for indexed in ["name", "created_at"] {
            table.indexes.push(Index {
                name: format!("{}_{indexed}_idx", own.name),
                method: "btree".to_owned(),
                keys: vec![IndexKey { column: Some(indexed.to_owned()), ..IndexKey::default() }],
                ..Index::default()
            });
        }
        table.name = own;
        schema.tables.push(table);
    }
    schema.canonicalize();
    schema
}
