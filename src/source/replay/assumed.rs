//! What migrations take for given without creating it, because somebody created it by hand long ago.
//!
//! Well-known functions, types and operator classes name their extension; a schema that nothing creates is made empty.
//! Each is a gap: what else was done by hand is not known.

/// A name that an extension brings, and the extension.
const NAMES: &[(&str, &str)] = &[
    ("armor", "pgcrypto"),
    ("crypt", "pgcrypto"),
    ("digest", "pgcrypto"),
    ("gen_random_bytes", "pgcrypto"),
    ("gen_random_uuid", "pgcrypto"),
    ("gen_salt", "pgcrypto"),
    ("hmac", "pgcrypto"),
    ("pgp_pub_decrypt", "pgcrypto"),
    ("pgp_pub_encrypt", "pgcrypto"),
    ("pgp_sym_decrypt", "pgcrypto"),
    ("pgp_sym_encrypt", "pgcrypto"),
    ("uuid_generate_v1", "uuid-ossp"),
    ("uuid_generate_v1mc", "uuid-ossp"),
    ("uuid_generate_v3", "uuid-ossp"),
    ("uuid_generate_v4", "uuid-ossp"),
    ("uuid_generate_v5", "uuid-ossp"),
    ("gin_trgm_ops", "pg_trgm"),
    ("gist_trgm_ops", "pg_trgm"),
    ("similarity", "pg_trgm"),
    ("word_similarity", "pg_trgm"),
    ("unaccent", "unaccent"),
    ("levenshtein", "fuzzystrmatch"),
    ("dmetaphone", "fuzzystrmatch"),
    ("metaphone", "fuzzystrmatch"),
    ("soundex", "fuzzystrmatch"),
    ("crosstab", "tablefunc"),
    ("citext", "citext"),
    ("cube", "cube"),
    ("earth", "earthdistance"),
    ("ll_to_earth", "earthdistance"),
    ("hstore", "hstore"),
    ("gin__int_ops", "intarray"),
    ("gist__int_ops", "intarray"),
    ("lquery", "ltree"),
    ("ltree", "ltree"),
    ("geography", "postgis"),
    ("geometry", "postgis"),
    ("halfvec", "vector"),
    ("vector", "vector"),
];

/// The extension that brings what an error misses, and the schema that the statement expects it in.
pub(super) fn extension(message: &str) -> Option<(&'static str, Option<String>)> {
    let rest = message.strip_suffix(" does not exist").or_else(|| message.split(" does not exist").next())?;
    let name = rest
        .strip_prefix("function ")
        .or_else(|| rest.strip_prefix("type "))
        .or_else(|| rest.strip_prefix("operator class "))?;
    let name = name.split('(').next()?.trim_matches('"').trim_end_matches("[]");
    let (schema, name) = match name.rsplit_once('.') {
        Some((schema, name)) => (Some(schema.trim_matches('"').to_owned()), name.trim_matches('"')),
        None => (None, name),
    };
    let found = NAMES.iter().find(|(known, _)| *known == name)?;
    Some((found.1, schema))
}

/// The extensions whose names a text uses. An engine may have to load them before it is asked for them.
pub(super) fn extensions(text: &str) -> impl Iterator<Item = &'static str> + '_ {
    NAMES.iter().filter(move |(name, _)| has_word(text, name)).map(|(_, extension)| *extension)
}

/// Whether it stands there for itself: `vector`, and not `tsvector`.
fn has_word(text: &str, word: &str) -> bool {
    let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text.match_indices(word)
        .any(|(at, _)| !part(text[..at].chars().next_back()) && !part(text[at + word.len()..].chars().next()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_names_its_extension() {
        assert_eq!(extension("function gen_random_bytes(integer) does not exist"), Some(("pgcrypto", None)));
        assert_eq!(
            extension("function public.gen_salt(unknown) does not exist"),
            Some(("pgcrypto", Some("public".into())))
        );
        assert_eq!(extension("type \"citext\" does not exist"), Some(("citext", None)));
        assert_eq!(extension("type public.geography does not exist"), Some(("postgis", Some("public".into()))));
        assert_eq!(
            extension("operator class \"gin_trgm_ops\" does not exist for access method \"gin\""),
            Some(("pg_trgm", None))
        );
        assert_eq!(extension("relation \"citext\" does not exist"), None);
        assert_eq!(extension("type \"mine\" does not exist"), None);
        assert!(extensions("a tsvector, b hypercube, c_hstore").next().is_none());
        assert_eq!(extensions("a vector(3)").collect::<Vec<_>>(), ["vector"]);
    }
}
