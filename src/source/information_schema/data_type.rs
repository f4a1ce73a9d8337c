//! Types as `format_type` prints them, from the many columns in which the standard spreads them out.

use crate::schema::QualifiedName;

/// The columns of a view that describe a type.
#[derive(Clone, Debug, Default)]
pub(super) struct Described {
    pub(super) data_type: String,
    pub(super) length: Option<String>,
    pub(super) precision: Option<String>,
    pub(super) scale: Option<String>,
    pub(super) time_precision: Option<String>,
    pub(super) interval: Option<String>,
    pub(super) domain: Option<QualifiedName>,
    pub(super) udt: QualifiedName,
}

impl Described {
    pub(super) fn text(&self) -> String {
        if let Some(domain) = &self.domain {
            return spoken(domain);
        }
        let name = self.data_type.as_str();
        match name {
            // The array type of `x` is called `_x`.
            "ARRAY" => {
                let element = self.udt.name.strip_prefix('_').unwrap_or(&self.udt.name);
                format!("{}[]", internal(&QualifiedName::new(self.udt.schema.clone(), element)))
            }
            "USER-DEFINED" => spoken(&self.udt),
            "character varying" | "character" | "bit" | "bit varying" => match &self.length {
                Some(length) => format!("{name}({length})"),
                None if name == "character" => "bpchar".to_owned(),
                None => name.to_owned(),
            },
            "numeric" => match (&self.precision, &self.scale) {
                (Some(precision), Some(scale)) => format!("numeric({precision},{scale})"),
                _ => name.to_owned(),
            },
            "interval" => self.interval(),
            _ => match (&self.time_precision, name.split_once(' ')) {
                (Some(precision), Some((start, rest))) if precision != "6" => format!("{start}({precision}) {rest}"),
                _ => name.to_owned(),
            },
        }
    }

    fn interval(&self) -> String {
        let fields = self.interval.as_deref().map(|fields| format!(" {}", fields.to_lowercase())).unwrap_or_default();
        match &self.time_precision {
            Some(precision) if precision != "6" && !fields.contains('(') => format!("interval{fields}({precision})"),
            _ => format!("interval{fields}"),
        }
    }
}

fn spoken(name: &QualifiedName) -> String {
    if name.schema == "pg_catalog" { name.name.clone() } else { name.to_string() }
}

/// The SQL name of a type that PostgreSQL keeps under another.
fn internal(name: &QualifiedName) -> String {
    if name.schema != "pg_catalog" {
        return spoken(name);
    }
    match name.name.as_str() {
        "int2" => "smallint",
        "int4" => "integer",
        "int8" => "bigint",
        "float4" => "real",
        "float8" => "double precision",
        "bool" => "boolean",
        "bpchar" => "character",
        "varchar" => "character varying",
        "varbit" => "bit varying",
        "timestamp" => "timestamp without time zone",
        "timestamptz" => "timestamp with time zone",
        "time" => "time without time zone",
        "timetz" => "time with time zone",
        "char" => "\"char\"",
        other => other,
    }
    .to_owned()
}

/// What both readers can tell of a type: without modifiers inside arrays, without the default precision of times.
pub(super) fn comparable(data_type: &str) -> String {
    let plain = data_type.replace("(6)", "");
    match plain.strip_suffix("[]") {
        Some(element) => {
            let element = element.trim_end_matches("[]");
            let bare = match (element.find('('), element.find(')')) {
                (Some(open), Some(close)) if !element.contains('"') => {
                    format!("{}{}", &element[..open], &element[close + 1..])
                }
                _ => element.to_owned(),
            };
            format!("{}[]", if bare == "bpchar" { "character" } else { &bare })
        }
        None => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(data_type: &str) -> Described {
        Described { data_type: data_type.into(), ..Described::default() }
    }

    #[test]
    fn types_read_as_postgresql_prints_them() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(Described { length: some("80"), ..plain("character varying") }.text(), "character varying(80)");
        let numeric = Described { precision: some("10"), scale: some("2"), ..plain("numeric") };
        assert_eq!(numeric.text(), "numeric(10,2)");
        let time = |precision: &str| Described { time_precision: some(precision), ..plain("timestamp with time zone") };
        assert_eq!(time("3").text(), "timestamp(3) with time zone");
        assert_eq!(time("6").text(), "timestamp with time zone");
        let array = Described { udt: QualifiedName::new("pg_catalog", "_int4"), ..plain("ARRAY") };
        assert_eq!(array.text(), "integer[]");
        let own = Described { udt: QualifiedName::new("shop", "mood"), ..plain("USER-DEFINED") };
        assert_eq!(own.text(), "shop.mood");
        assert_eq!(comparable("character varying(20)[]"), "character varying[]");
        assert_eq!(comparable("timestamp(3) with time zone[]"), "timestamp with time zone[]");
    }
}
