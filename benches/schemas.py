"""Schemas of any size, the same ones each time: as SQL, as a saved schema.json, as a folder of migrations."""

import json

TYPES = ["text", "integer", "bigint", "timestamptz", "boolean", "numeric(12,2)", "jsonb", "date", "uuid", "text[]"]
SPELLED = {"timestamptz": "timestamp with time zone"}
COLUMNS = 11


def columns(number):
    """The eleven columns of a table: a key, a parent, and nine of mixed types."""
    middle = [(f"value_{at}", TYPES[(number + at) % len(TYPES)]) for at in range(COLUMNS - 2)]
    return [("id", "bigint"), ("parent_id", "bigint"), *middle]


def parent(number):
    """A forest with broad and narrow places, as real schemas have: hubs of some twenty tables each."""
    return None if number % 23 == 0 else (number // 23) * 23 if number % 3 else number - 1


def table_sql(number, schema="public"):
    """One table with a primary key, a foreign key, a check, a comment and two indexes, the key's own among them."""
    name = f"{schema}.table_{number:05}"
    lines = [f"    {column} {kind}{' NOT NULL' if at % 3 == 0 else ''}" for at, (column, kind) in enumerate(columns(number))]
    lines.append("    PRIMARY KEY (id)")
    lines.append("    CHECK (parent_id <> id)")
    if parent(number) is not None:
        lines.append(f"    FOREIGN KEY (parent_id) REFERENCES {schema}.table_{parent(number):05} ON DELETE CASCADE")
    return (
        f"CREATE TABLE {name} (\n" + ",\n".join(lines) + "\n);\n"
        f"CREATE INDEX table_{number:05}_parent_idx ON {name} (parent_id);\n"
        f"COMMENT ON TABLE {name} IS 'Table number {number} of a generated schema.';\n"
        f"COMMENT ON COLUMN {name}.value_0 IS 'The first value.';\n"
    )


def database_sql(tables):
    """`tables` tables in chunks of one transaction each, so that no lock table overflows."""
    for start in range(0, tables, 500):
        yield "BEGIN;\n" + "".join(table_sql(number) for number in range(start, min(start + 500, tables))) + "COMMIT;\n"


def document(tables):
    """The same as tidegate's saved JSON, in its canonical order."""
    listed = []
    for number in range(tables):
        name = f"table_{number:05}"
        own = []
        for at, (column, kind) in enumerate(columns(number)):
            entry = {"name": column, "type": SPELLED.get(kind, kind)}
            if at % 3 == 0:
                entry["not_null"] = True
            if column == "value_0":
                entry["comment"] = "The first value."
            own.append(entry)
        table = {
            "name": f"public.{name}",
            "comment": f"Table number {number} of a generated schema.",
            "columns": own,
            "primary_key": {"name": f"{name}_pkey", "columns": ["id"]},
            "checks": [{"name": f"{name}_check", "expression": "parent_id <> id"}],
            "indexes": [{"name": f"{name}_parent_idx", "method": "btree", "keys": [{"column": "parent_id"}]}],
        }
        if parent(number) is not None:
            table["foreign_keys"] = [{
                "name": f"{name}_parent_id_fkey",
                "columns": ["parent_id"],
                "references": f"public.table_{parent(number):05}",
                "referenced_columns": ["id"],
                "on_delete": "cascade",
            }]
        listed.append(table)
    return json.dumps({"tidegate": 1, "schema": {"schemas": [{"name": "public"}], "tables": listed}})


def migrations(count):
    """`count` files as a project collects them: new tables, and later changes of older ones."""
    made = 0
    for number in range(count):
        version = f"{20200101000000 + number:014}"
        if number % 3 == 0:
            yield f"{version}_table_{made}.sql", table_sql(made)
            made += 1
            continue
        older = (number * 7) % made
        name = f"table_{older:05}"
        change = [
            f"ALTER TABLE {name} ADD COLUMN added_{number} text NOT NULL DEFAULT 'x';\n",
            f"CREATE INDEX {name}_{number}_idx ON {name} (id, parent_id) WHERE parent_id IS NOT NULL;\n",
            f"CREATE FUNCTION count_{number}() RETURNS bigint LANGUAGE plpgsql STABLE AS $$\n"
            f"BEGIN\n    RETURN (SELECT count(*) FROM {name});\nEND\n$$;\n",
            f"CREATE VIEW view_{number} AS SELECT id, parent_id FROM {name} WHERE id > {number};\n",
            f"DO $$ BEGIN CREATE TYPE state_{number} AS ENUM ('a', 'b'); EXCEPTION WHEN duplicate_object THEN NULL; END $$;\n"
            f"ALTER TABLE {name} ADD COLUMN state_{number} state_{number};\n",
        ][number % 5]
        yield f"{version}_change_{number}.sql", change
