//! What must not be in the dependency tree.

use std::process::Command;

use crate::support::root;

/// One TLS stack (rustls with aws-lc): no `ring`, no OpenSSL.
#[test]
fn no_second_tls_stack() {
    for package in ["ring", "openssl-sys", "native-tls"] {
        let output = Command::new(env!("CARGO"))
            .args(["tree", "--locked", "--edges", "normal,build", "--prefix", "none", "--invert", package])
            .current_dir(root())
            .output()
            .unwrap();
        // A package that the lock file knows for another system gives an empty answer, one that it does not know an
        // error that says so. Anything else would be a failure to ask.
        let errors = String::from_utf8_lossy(&output.stderr);
        let absent = output.status.success() || errors.contains("did not match any packages");
        assert!(absent, "{errors}");
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "", "{package} is in the tree");
    }
}

/// Every direct dependency has its line of reason.
#[test]
fn every_dependency_has_a_reason() {
    let manifest: toml::Table = std::fs::read_to_string(root().join("Cargo.toml")).unwrap().parse().unwrap();
    let reasons = std::fs::read_to_string(root().join("docs/dependencies.md")).unwrap();
    let mut direct: Vec<&String> = Vec::new();
    for section in ["dependencies", "dev-dependencies"] {
        direct.extend(manifest[section].as_table().unwrap().keys());
    }
    assert!(direct.len() > 20, "the manifest is read");
    let missing: Vec<_> = direct
        .into_iter()
        .filter(|name| !reasons.lines().any(|line| line.starts_with(&format!("| `{name}`"))))
        .collect();
    assert!(missing.is_empty(), "docs/dependencies.md says nothing about {missing:?}");
    for line in reasons.lines().filter_map(|line| line.strip_prefix("| `")) {
        let name = line.split('`').next().unwrap_or_default();
        let known = ["dependencies", "dev-dependencies"].iter().any(|section| manifest[*section].get(name).is_some());
        assert!(known, "docs/dependencies.md tells of {name}, which is no dependency");
    }
}
