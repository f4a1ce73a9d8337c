//! Files of other programs that call tidegate: CI, and editors.

use crate::cli::args::{Ci, InitArgs};

const GITHUB: &str = include_str!("../../../hooks/ci/github.yml");
const GITLAB: &str = include_str!("../../../hooks/ci/gitlab.yml");
const COMMENT: &str = include_str!("../../../hooks/ci/comment.sh");
const KIRO: &str = include_str!("../../../hooks/kiro.json");

/// A file to write, and what is left to do by hand.
pub(super) struct File {
    /// Relative to the project.
    pub(super) path: &'static str,
    pub(super) text: String,
    pub(super) next: &'static str,
}

/// What was asked for on the command line. `folder` finds the migrations, with `/` between the parts.
pub(super) fn asked(args: &InitArgs, folder: impl FnOnce() -> String) -> Vec<File> {
    let mut files = Vec::new();
    match args.ci {
        Some(Ci::Github) => files.push(File {
            path: ".github/workflows/tidegate.yml",
            text: versioned(GITHUB).replace("@COMMENT@\n", &indented(COMMENT, 10)),
            next: "commit it; pull requests are checked and commented from then on",
        }),
        Some(Ci::Gitlab) => files.push(File {
            path: ".gitlab/tidegate.yml",
            text: versioned(GITLAB),
            next: "include it in .gitlab-ci.yml, as its first lines say",
        }),
        None => {}
    }
    if args.kiro {
        files.push(File {
            path: ".kiro/hooks/tidegate.json",
            text: KIRO.replace("@MATCHER@", &matcher(&folder())),
            next: "Kiro draws the docs again whenever a migration is saved, made or deleted",
        });
    }
    files
}

fn versioned(text: &str) -> String {
    text.replace("@VERSION@", env!("CARGO_PKG_VERSION"))
}

fn indented(text: &str, by: usize) -> String {
    let indent = " ".repeat(by);
    text.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("{indent}{line}\n") }).collect()
}

/// A regular expression for paths below a folder, as it stands in JSON.
fn matcher(folder: &str) -> String {
    let mut pattern = String::from("(^|/)");
    for character in folder.trim_matches('/').chars() {
        if !character.is_alphanumeric() && !"/_- ".contains(character) {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('/');
    let quoted = serde_json::Value::String(pattern).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(ci: Option<Ci>, kiro: bool) -> Vec<File> {
        let args = InitArgs { print: false, force: false, ci, kiro };
        asked(&args, || "db/my.migrations \"x\"".to_owned())
    }

    #[test]
    fn what_is_written_can_be_read_by_whom_it_is_for() {
        for ci in [Ci::Github, Ci::Gitlab] {
            let text = &files(Some(ci), false)[0].text;
            let yaml = yaml_rust2::YamlLoader::load_from_str(text).unwrap();
            assert!(
                yaml[0].as_hash().is_some() && !text.contains("@VERSION@") && !text.contains("@COMMENT@"),
                "{text}"
            );
        }
        let kiro: serde_json::Value = serde_json::from_str(&files(None, true)[0].text).unwrap();
        assert_eq!(kiro["hooks"][0]["matcher"], "(^|/)db/my\\.migrations \\\"x\\\"/");
    }

    #[test]
    fn the_comment_script_stands_in_the_workflow_as_it_is() {
        let text = &files(Some(Ci::Github), false)[0].text;
        let yaml = &yaml_rust2::YamlLoader::load_from_str(text).unwrap()[0];
        let steps = yaml["jobs"]["schema"]["steps"].as_vec().unwrap();
        let run = steps.iter().filter_map(|step| step["run"].as_str()).find(|run| run.contains("<<'SCRIPT'")).unwrap();
        let script = run.split("<<'SCRIPT'\n").nth(1).unwrap().split("SCRIPT\n").next().unwrap();
        assert_eq!(script, COMMENT);
    }
}
