//! The page as it is served: the file's own bytes, and a script that reloads it and shows errors over it.
//!
//! The file's policy lets nothing connect. What is served allows exactly one script and one style more, by their
//! hashes, and connections to where the page came from; the file itself stays as it is.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

const SCRIPT: &str = include_str!("../../../templates/watch/live.js");
const STYLE: &str = include_str!("../../../templates/watch/live.css");
const WAITING: &str = include_str!("../../../templates/watch/waiting.html");

/// A page and what tells it from others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    pub html: String,
    /// The same bytes have the same one, also after a restart.
    pub version: String,
}

impl Page {
    /// From the bytes of a page's file.
    pub fn of(file: &str) -> Self {
        let version: String = Sha256::digest(file).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Self { html: with_script(&loosened(file), &version), version }
    }

    /// Before there is any page.
    pub fn waiting() -> Self {
        Self::of(WAITING)
    }
}

fn source(text: &str) -> String {
    // In an attribute, where a template may have written quotes either way.
    format!("&#39;sha256-{}&#39;", BASE64_STANDARD.encode(Sha256::digest(text)))
}

/// The policy with our script, our style and our connection in it. A page of a template without one has none to loosen.
fn loosened(html: &str) -> String {
    let Some(start) = html.find("http-equiv=\"Content-Security-Policy\" content=\"") else { return html.to_owned() };
    let start = start + "http-equiv=\"Content-Security-Policy\" content=\"".len();
    let Some(length) = html[start..].find('"') else { return html.to_owned() };
    let mut rules: Vec<String> = Vec::new();
    // Entities end in a semicolon, too, and are no ends of rules.
    let policy = html[start..start + length].replace("&#x27;", "'").replace("&#39;", "'").replace("&quot;", "\"");
    for rule in policy.split(';').map(str::trim).filter(|rule| !rule.is_empty()) {
        let (name, allowed) = rule.split_once(' ').unwrap_or((rule, ""));
        let allowed = allowed.trim().replace("'none'", "").replace('\'', "&#39;").replace('"', "&quot;");
        rules.push(match name {
            "script-src" => format!("script-src {allowed} {}", source(SCRIPT)),
            "style-src" => format!("style-src {allowed} {}", source(STYLE)),
            "connect-src" => continue,
            _ => rule.replace('\'', "&#39;").replace('"', "&quot;"),
        });
    }
    rules.push("connect-src &#39;self&#39;".to_owned());
    format!("{}{}{}", &html[..start], rules.join("; "), &html[start + length..])
}

fn with_script(html: &str, version: &str) -> String {
    let end = html.rfind("</body>").unwrap_or(html.len());
    format!(
        "{}<style>{STYLE}</style>\n<script data-version=\"{version}\">{SCRIPT}</script>\n{}",
        &html[..end],
        &html[end..]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src &#x27;none&#x27;; \
                        script-src &#x27;sha256-a=&#x27;; style-src 'sha256-b='\"><body>x</body>";

    #[test]
    fn one_script_and_one_style_more_are_allowed_and_nothing_else() {
        let page = Page::of(FILE).html;
        let policy = page.split("content=\"").nth(1).unwrap().split('"').next().unwrap().replace("&#39;", "'");
        let hash = |text: &str| BASE64_STANDARD.encode(Sha256::digest(text));
        let (script, style) = (hash(SCRIPT), hash(STYLE));
        assert_eq!(
            policy,
            format!(
                "default-src 'none'; script-src 'sha256-a=' 'sha256-{script}'; style-src 'sha256-b=' 'sha256-{style}'; \
                 connect-src 'self'"
            )
        );
        assert!(page.contains(SCRIPT) && page.ends_with("</body>"));
    }

    #[test]
    fn the_same_file_has_the_same_version_and_another_has_another() {
        assert_eq!(Page::of(FILE), Page::of(FILE));
        assert_ne!(Page::of(FILE).version, Page::waiting().version);
        assert!(Page::of("no policy, no body").html.contains("data-version"));
    }

    /// What is sent inside of `<script>` and `<style>` must not end them.
    #[test]
    fn nothing_ends_the_elements_early() {
        assert!(!SCRIPT.contains("</") && !STYLE.contains("</"));
    }
}
