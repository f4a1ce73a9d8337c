//! Checksums of migrations, as the frameworks compute them over a file and write them into their histories.
//!
//! Each names the source it follows. Bytes are those of the file as it lies on disk, a byte order mark included,
//! unless its framework drops that.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use sha2::{Digest, Sha256, Sha384};
use std::hash::{Hash, Hasher as _};

fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(Sha256::digest(bytes))
}

pub(crate) fn md5(bytes: &[u8]) -> String {
    hex(Md5::digest(bytes))
}

/// sqlx: SHA-384 of the file without the characters that `sqlx.toml` says to ignore (`sqlx-core/src/migrate/source.rs`).
pub(crate) fn sqlx(bytes: &[u8], ignored: &[char]) -> String {
    let text = std::str::from_utf8(bytes).ok().filter(|_| !ignored.is_empty());
    match text {
        Some(text) => hex(Sha384::digest(text.replace(|char| ignored.contains(&char), ""))),
        None => hex(Sha384::digest(bytes)),
    }
}

/// refinery: SipHash-1-3 over name, version and text, each as Rust's `Hash` feeds it (`refinery_core/src/runner.rs`).
/// Two sums: the version is an `i32`, or an `i64` with the feature `int8-versions`.
pub(crate) fn refinery(name: &str, version: i64, sql: &str) -> Vec<String> {
    fn sum(name: &str, version: impl Hash, sql: &str) -> String {
        let mut hasher = siphasher::sip::SipHasher13::new();
        name.hash(&mut hasher);
        version.hash(&mut hasher);
        sql.hash(&mut hasher);
        hasher.finish().to_string()
    }
    let narrow = i32::try_from(version).map(|version| sum(name, version, sql));
    narrow.into_iter().chain([sum(name, version, sql)]).collect()
}

/// Flyway: CRC-32 of the lines without their ends and without a byte order mark, as a signed number
/// (`ChecksumCalculator.java`).
pub(crate) fn flyway(text: &str) -> String {
    let mut hasher = crc32fast::Hasher::new();
    for part in text.strip_prefix('\u{feff}').unwrap_or(text).split(['\n', '\r']) {
        hasher.update(part.as_bytes());
    }
    hasher.finalize().cast_signed().to_string()
}

/// Prisma: SHA-256 of the script; either kind of line end will do, and so will a sum of an early version, which lost
/// the zeros of small bytes (`schema-connector/src/checksum.rs`).
pub(crate) fn prisma(text: &str) -> Vec<String> {
    let variants = [text.to_owned(), text.replace("\r\n", "\n"), text.replace('\n', "\r\n")];
    let mut out: Vec<String> = variants.iter().map(|text| sha256(text.as_bytes())).collect();
    let short = |text: &String| Sha256::digest(text).iter().map(|byte| format!("{byte:x}")).collect::<String>();
    out.extend(variants.iter().map(short));
    out.dedup();
    out
}

/// Supabase keeps the statements themselves. They are compared without white space and semicolons, which its CLI drops
/// between them (`pkg/parser/token.go`): the sum is ours, of what is left.
pub(crate) fn supabase(text: &str) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    sha256(text.replace(|char: char| char.is_whitespace() || char == ';', "").as_bytes())
}

/// Atlas: a running SHA-256 over name and content of each file in order, so that each sum speaks for all files before
/// it, too (`sql/migrate/dir.go`, `NewHashFile`). Of a file that is ignored only its name counts, and it has no sum.
pub(crate) struct Atlas(Sha256);

impl Atlas {
    pub(crate) fn new() -> Self {
        Self(Sha256::new())
    }

    pub(crate) fn file(&mut self, name: &str, bytes: &[u8], ignored: bool) -> Option<String> {
        self.0.update(name);
        if ignored {
            return None;
        }
        self.0.update(bytes);
        Some(STANDARD.encode(self.0.clone().finalize()))
    }

    /// The sum of the folder: of the names and sums of its files.
    pub(crate) fn folder<'a>(files: impl Iterator<Item = (&'a str, &'a str)>) -> String {
        let mut hasher = Sha256::new();
        for (name, sum) in files {
            hasher.update(name);
            hasher.update(sum);
        }
        STANDARD.encode(hasher.finalize())
    }
}

/// Liquibase: MD5 of the sums of a changeset's changes; version 9 since 4.22, version 8 from 3.5 on (`ChangeSet.java`,
/// `AbstractSQLChange.java`, `NormalizingStreamV8.java`). Only for changes that are SQL.
pub(crate) fn liquibase(changes: &[LiquibaseChange<'_>]) -> Vec<String> {
    let nine: String = changes.iter().filter(|change| change.ours).map(|each| format!("9:{}:", each.nine())).collect();
    let eight: String = changes.iter().map(|each| format!("8:{}:", each.eight())).collect();
    vec![format!("9:{}", md5(nine.as_bytes())), format!("8:{}", md5(eight.as_bytes()))]
}

/// One change of SQL in a changeset.
pub(crate) struct LiquibaseChange<'a> {
    pub(crate) sql: &'a str,
    pub(crate) delimiter: Option<&'a str>,
    pub(crate) split: bool,
    pub(crate) strip_comments: bool,
    /// Whether it is for PostgreSQL; version 8 counted the others, too.
    pub(crate) ours: bool,
}

impl LiquibaseChange<'_> {
    /// Without any white space.
    fn nine(&self) -> String {
        md5(self.sql.replace([' ', '\n', '\r', '\t'], "").as_bytes())
    }

    /// Behind a head of settings, with runs of white space as one blank and none at the ends.
    fn eight(&self) -> String {
        let head = format!("{}:{}:{}:", self.delimiter.unwrap_or("null"), self.split, self.strip_comments);
        let words: Vec<&str> = self.sql.split([' ', '\n', '\r', '\t']).filter(|word| !word.is_empty()).collect();
        md5(format!("{head}{}", words.join(" ")).as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values that the frameworks themselves wrote, or that their own tests hold.
    #[test]
    fn sums_are_those_of_the_frameworks() {
        let sql = "CREATE TABLE persons (\n    id int,\n    name varchar(255),\n    city varchar(255)\n);\n";
        assert_eq!(refinery("initial", 1, sql), ["2959965718684201605", "13938959368620441626"]);
        let sql = "CREATE TABLE cars (\n    id int,\n    name varchar(255)\n);\n";
        assert_eq!(refinery("add_cars_table", 2, sql), ["8238603820526370208", "5394706226941044339"]);
        assert_eq!(prisma("hello")[0], "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
        assert!(prisma("a\r\nb").contains(&prisma("a\nb")[0]) && prisma("a\nb").contains(&prisma("a\r\nb")[0]));
        assert!(!prisma("abc\n").contains(&prisma("abc")[0]));
        assert_eq!(
            sha256(b"create table d1 (a int);\n"),
            "fb39b6d5f83c6bc4e276e98c3c4583c75ed3453c3b0b4c927f3facb9ea82453b"
        );
    }

    #[test]
    fn line_ends_and_marks_do_not_count_where_they_do_not() {
        assert_eq!(flyway("create table f1 (a int);\n"), "654513938");
        assert_eq!(flyway("\u{feff}create table f2 (a int);\r\nselect 2;"), "-2119841915");
        assert_eq!(sqlx(b"a\r\nb", &['\r']), sqlx(b"a\nb", &[]));
        assert_ne!(sqlx(b"a\r\nb", &[]), sqlx(b"a\nb", &[]));
        assert_eq!(supabase("select 1;\n\nselect 2;\n"), supabase("select 1select 2"));
    }

    #[test]
    fn atlas_sums_go_on_from_file_to_file() {
        let first = "-- create \"tbl\" table\nCREATE TABLE tbl (`col` int NOT NULL);\n";
        let second = "ALTER TABLE `tbl` ADD `col_2` bigint;\n";
        let mut running = Atlas::new();
        let one = running.file("20220318104614_initial.sql", first.as_bytes(), false).unwrap();
        let two = running.file("20220318104615_second.sql", second.as_bytes(), false).unwrap();
        assert_eq!(one, "FifWjY2X0g2YVnb18Qm+QBPvoldDOOob7bS0LrFuCXc=");
        assert_eq!(two, "wbPDlODOQeixCiopAhlT7W4xOO9TgJxzjYjxf4TA2f4=");
        let files = [("20220318104614_initial.sql", one.as_str()), ("20220318104615_second.sql", two.as_str())];
        assert_eq!(Atlas::folder(files.into_iter()), "GMi7mvWSIHv0I/Wrc2NCGVt9Z5hWZbPa6wL986t7Z2o=");
    }

    /// What Liquibase 4.28 and 4.4 wrote for this changeset.
    #[test]
    fn liquibase_has_two_versions() {
        let sql = "CREATE TABLE l1 (a int);\nCREATE TABLE  l1b (a\tint);";
        let change = LiquibaseChange { sql, delimiter: None, split: true, strip_comments: true, ours: true };
        let sums = ["9:812c5fde9a490c8f66ec13899822211d", "8:37de25a041a493a4e4002c31a2b05dce"];
        assert_eq!(liquibase(&[change]), sums);
    }
}
