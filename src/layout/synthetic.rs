//! Generated schemas in the shape of real ones: a few hubs, join tables, chains, lonely tables, several schemas.

use crate::schema::{Column, ForeignKey, PartitionKey, PartitionOf, QualifiedName, Schema, Table, UniqueKey, View};

/// A small generator of its own, so that a picture stays the same from year to year.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % limit.max(1)
    }
}

const WORDS: [&str; 40] = [
    "account",
    "order",
    "invoice",
    "payment",
    "product",
    "category",
    "customer",
    "address",
    "shipment",
    "warehouse",
    "stock",
    "supplier",
    "contract",
    "project",
    "task",
    "comment",
    "attachment",
    "tag",
    "label",
    "event",
    "session",
    "token",
    "role",
    "permission",
    "group",
    "member",
    "message",
    "channel",
    "report",
    "metric",
    "job",
    "queue",
    "setting",
    "feature",
    "plan",
    "subscription",
    "coupon",
    "refund",
    "review",
    "audit",
];
const PARTS: [&str; 12] =
    ["item", "log", "version", "detail", "link", "state", "history", "note", "rule", "entry", "batch", "map"];
const FIELDS: [(&str, &str); 16] = [
    ("name", "text"),
    ("created_at", "timestamp with time zone"),
    ("updated_at", "timestamp with time zone"),
    ("state", "character varying(32)"),
    ("amount", "numeric(12,2)"),
    ("position", "integer"),
    ("is_active", "boolean"),
    ("description", "text"),
    ("metadata", "jsonb"),
    ("starts_on", "date"),
    ("email", "public.citext"),
    ("external_reference_number", "character varying(255)"),
    ("tags", "text[]"),
    ("currency", "character(3)"),
    ("score", "double precision"),
    ("checksum", "bytea"),
];

pub(crate) fn column(name: &str, data_type: &str, not_null: bool) -> Column {
    Column { name: name.into(), data_type: data_type.into(), not_null, ..Column::default() }
}

pub(crate) fn table(schema: &str, name: &str) -> Table {
    Table {
        name: QualifiedName::new(schema, name),
        columns: vec![column("id", "bigint", true)],
        primary_key: Some(UniqueKey {
            name: format!("{name}_pkey"),
            columns: vec!["id".into()],
            ..UniqueKey::default()
        }),
        ..Table::default()
    }
}

/// Adds a column `<to>_id` and a foreign key on it.
pub(crate) fn refer(table: &mut Table, to: &QualifiedName, not_null: bool) {
    let mut name = format!("{}_id", to.name.trim_end_matches('s'));
    while table.column(&name).is_some() {
        name = format!("other_{name}");
    }
    let at = table.columns.len().min(1 + table.foreign_keys.len());
    table.columns.insert(at, column(&name, "bigint", not_null));
    table.foreign_keys.push(ForeignKey {
        name: format!("{}_{name}_fkey", table.name.name),
        columns: vec![name],
        references: to.clone(),
        referenced_columns: vec!["id".into()],
        ..ForeignKey::default()
    });
}

pub(crate) fn fields(table: &mut Table, dice: &mut Dice, count: usize) {
    for at in 0..count {
        let (name, data_type) = FIELDS[(at * 5 + dice.below(5)) % FIELDS.len()];
        if table.column(name).is_none() {
            table.columns.push(column(name, data_type, dice.below(3) > 0));
        }
    }
}

/// A schema of so many tables, spread over PostgreSQL schemas.
pub(crate) fn realistic(count: usize, schemas: usize, seed: u64) -> Schema {
    let mut dice = Dice(seed);
    let names = ["public", "billing", "crm", "ops", "audit", "ml"];
    let mut tables: Vec<Table> = Vec::new();
    for at in 0..count {
        let word = WORDS[at % WORDS.len()];
        let name = match at / WORDS.len() {
            0 => format!("{word}s"),
            round => format!(
                "{word}_{}{}",
                PARTS[(at * 7 + round) % PARTS.len()],
                if round > 12 { format!("_{round}") } else { "s".into() }
            ),
        };
        let schema = names[(at % WORDS.len()) * schemas.clamp(1, 6) / WORDS.len().min(count)];
        let mut one = table(schema, &name);
        if tables.iter().any(|other| other.name == one.name) {
            one.name.name.push_str(&format!("_{at}"));
        }
        // The parent of the same word, a hub, and now and then something else.
        if at >= WORDS.len() {
            refer(&mut one, &tables[at % WORDS.len()].name.clone(), true);
        }
        if at > 0 && dice.below(100) < 45 {
            let hub = tables[dice.below(3.min(tables.len()))].name.clone();
            refer(&mut one, &hub, dice.below(2) == 0);
        }
        for _ in 0..dice.below(3) {
            if at > 3 && dice.below(100) < 40 {
                let near = tables[at - 1 - dice.below(at.min(30))].name.clone();
                refer(&mut one, &near, dice.below(2) == 0);
            }
        }
        if dice.below(20) == 0 {
            let own = one.name.clone();
            refer(&mut one, &own, false);
        }
        let own_fields = 2 + dice.below(9);
        fields(&mut one, &mut dice, own_fields);
        if dice.below(6) == 0 {
            one.about.comment = Some(format!("Holds one row per {word}. Written by the <importer> & the API."));
        }
        tables.push(one);
    }
    let mut schema = Schema { tables, ..Schema::default() };
    for at in 0..count / 12 {
        let source = &schema.tables[(at * 7) % schema.tables.len()];
        let other = &schema.tables[(at * 11 + 1) % schema.tables.len()];
        schema.views.push(View {
            name: QualifiedName::new(source.name.schema.clone(), format!("{}_overview_{at}", source.name.name)),
            materialized: at % 3 == 0,
            columns: source.columns.clone(),
            definition: " SELECT 1".into(),
            depends_on: vec![source.name.clone(), other.name.clone()],
            ..View::default()
        });
    }
    if count > 10 {
        let parent = schema.tables[7].name.clone();
        schema.tables[7].partition_key =
            Some(PartitionKey { strategy: "range".into(), definition: "RANGE (created_at)".into() });
        for month in 1..=12 {
            let mut part = table(&parent.schema, &format!("{}_2026_{month:02}", parent.name));
            part.partition_of = Some(PartitionOf { parent: parent.clone(), bound: "DEFAULT".into() });
            schema.tables.push(part);
        }
    }
    schema.canonicalize();
    schema
}

/// One hub and so many satellites.
pub(crate) fn star(count: usize) -> Schema {
    let mut dice = Dice(7);
    let hub = table("public", "users");
    let mut schema = Schema { tables: vec![hub], ..Schema::default() };
    for at in 0..count {
        let mut one = table("public", &format!("satellite_{at:03}"));
        refer(&mut one, &QualifiedName::new("public", "users"), at % 2 == 0);
        let own = 1 + dice.below(6);
        fields(&mut one, &mut dice, own);
        schema.tables.push(one);
    }
    schema.canonicalize();
    schema
}

/// Tables of which each points at the one before.
pub(crate) fn chain(count: usize) -> Schema {
    let mut dice = Dice(9);
    let mut schema = Schema::default();
    for at in 0..count {
        let mut one = table("public", &format!("link_{at:03}"));
        if at > 0 {
            refer(&mut one, &QualifiedName::new("public", format!("link_{:03}", at - 1)), true);
        }
        let own = 1 + dice.below(6);
        fields(&mut one, &mut dice, own);
        schema.tables.push(one);
    }
    schema.canonicalize();
    schema
}
