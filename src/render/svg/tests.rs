use proptest::prelude::*;

use super::escape::escape;
use super::*;
use crate::layout::{self, PictureOptions};
use crate::render::ViewOptions;
use crate::schema::{Column, QualifiedName, Schema, Table};

fn svg(schema: &Schema) -> String {
    let view = View::new(schema, &[], None, &ViewOptions { title: Some("A <b> & \"c\"".into()) });
    let picture = layout::picture(&view, &PictureOptions::for_view(&view));
    String::from_utf8(render(&view, &picture).bytes).unwrap()
}

fn one(name: &str, column: &str, data_type: &str, comment: &str) -> Schema {
    let column =
        Column { name: column.into(), data_type: data_type.into(), comment: Some(comment.into()), ..Column::default() };
    let mut table = Table { name: QualifiedName::new("public", name), columns: vec![column], ..Table::default() };
    table.about.comment = Some(comment.into());
    Schema { tables: vec![table], ..Schema::default() }
}

#[test]
fn markup_in_names_and_comments_stays_text() {
    let svg = svg(&one("<script>alert(1)</script>", "a\"b<i>", "text'", "</title><script>x</script>\u{0}\u{8}]]>"));
    assert!(!svg.contains("<script") && !svg.contains("</script"), "{svg}");
    assert!(svg.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(!svg.chars().any(|c| c.is_control() && c != '\n'));
}

#[test]
fn ids_are_safe_and_distinct() {
    let id = |name: &str| table_id(&QualifiedName::new("public", name));
    assert_eq!(id("orders"), "t-public.orders");
    assert_ne!(id("a b"), id("a\"b"));
    assert!(id("a b<é").chars().all(|c| c.is_ascii_alphanumeric() || "-_.:".contains(c)));
}

proptest! {
    #[test]
    fn escaped_text_has_no_markup(text in any::<String>()) {
        let escaped = escape(&text);
        prop_assert!(!escaped.contains(['<', '>', '"']));
        prop_assert!(!escaped.chars().any(char::is_control));
        for part in escaped.split('&').skip(1) {
            prop_assert!(["amp;", "lt;", "gt;", "quot;", "#10;", "#9;", "#13;"].iter().any(|one| part.starts_with(one)));
        }
    }

    #[test]
    fn every_file_is_balanced(name in any::<String>(), column in any::<String>(), comment in any::<String>()) {
        let svg = svg(&one(&name, &column, "text", &comment));
        let opened = svg.matches("<g ").count();
        prop_assert_eq!(opened, svg.matches("</g>").count());
        prop_assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count());
        prop_assert_eq!(svg.matches("<title>").count(), svg.matches("</title>").count());
    }
}
