//! The page: one self-contained HTML file that opens from `file://` without a request.
//!
//! Every fact is stored once for the script, as JSON, and once more as plain HTML inside `<noscript>`, which browsers
//! with a script keep as a single text and never lay out. So 3,000 tables cost one `JSON.parse`, and a reader without
//! a script still gets the data dictionary. The policy in the file's head names the hashes of its own script and style;
//! nothing else may run, load or connect.

mod data;
mod diagram;
mod paper;
mod policy;

use serde::Serialize;

use super::templates::{TemplateError, Templates};
use super::{File, View};
use crate::layout::Picture;

/// The style sheet, in the order of the cascade.
const STYLE: &str = concat!(
    include_str!("../../../templates/page/style/base.css"),
    include_str!("../../../templates/page/style/shell.css"),
    include_str!("../../../templates/page/style/stage.css"),
    include_str!("../../../templates/page/style/objects.css"),
    include_str!("../../../templates/page/style/print.css"),
);

/// The script: small files that share one function's scope, so that nothing of it is global.
const SCRIPT: &str = concat!(
    "(() => {\n'use strict';\n",
    include_str!("../../../templates/page/script/dom.js"),
    include_str!("../../../templates/page/script/model.js"),
    include_str!("../../../templates/page/script/sql.js"),
    include_str!("../../../templates/page/script/parts.js"),
    include_str!("../../../templates/page/script/columns.js"),
    include_str!("../../../templates/page/script/objects.js"),
    include_str!("../../../templates/page/script/sidebar.js"),
    include_str!("../../../templates/page/script/search.js"),
    include_str!("../../../templates/page/script/scene.js"),
    include_str!("../../../templates/page/script/paint.js"),
    include_str!("../../../templates/page/script/diagram.js"),
    include_str!("../../../templates/page/script/pointer.js"),
    include_str!("../../../templates/page/script/dictionary.js"),
    include_str!("../../../templates/page/script/help.js"),
    include_str!("../../../templates/page/script/theme.js"),
    include_str!("../../../templates/page/script/app.js"),
    "})();\n",
);

/// What `page/page.html` is given.
#[derive(Serialize)]
struct Page<'a> {
    title: &'a str,
    policy: String,
    style: &'static str,
    script: &'static str,
    /// JSON that is safe inside a `<script>` element.
    data: String,
    paper: paper::Paper,
}

/// `schema.html`. The picture is that of the same view; an empty one gives a page without a diagram.
pub fn render(view: &View<'_>, picture: &Picture, templates: &Templates) -> Result<File, TemplateError> {
    let page = Page {
        title: &view.title,
        policy: policy::content_security_policy(STYLE, SCRIPT),
        style: STYLE,
        script: SCRIPT,
        data: data::json(view, picture),
        paper: paper::Paper::new(view),
    };
    Ok(File::text("schema.html", templates.render("page/page.html", &page)?))
}
