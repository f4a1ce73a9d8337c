//! The AWS side: the provider against moto and against a scripted fake, each a check on the other.
//!
//! Other topics' tests stand on both, so nothing here is required to be used by all.
#![allow(dead_code, unused_imports)]

pub(crate) mod fake;
pub(crate) mod moto;
pub(crate) mod wire;

mod cli;
mod find;
mod lists;
mod orders;
mod secrets;
mod settings;
mod suite;

use std::collections::BTreeMap;
use std::time::Duration;

use tidegate::aws::{Aws, Fixed, Options};
use tidegate::backup::Error;
use tidegate::backup::rds::{Rds, Target};

/// Settings that lead to `url`, whatever this machine's own are.
pub(crate) fn options(url: &str, region: &str) -> Options {
    Options {
        region: Some(region.to_owned()),
        fixed: Some(Fixed {
            endpoint: url.to_owned(),
            access_key: "AKIATEST".to_owned(),
            secret_key: fake::SECRET_KEY.to_owned(),
        }),
        timeout: Duration::from_secs(20),
        ..Options::default()
    }
}

pub(crate) async fn aws(url: &str, region: &str) -> Aws {
    Aws::connect(&options(url, region)).await.unwrap()
}

pub(crate) fn named(name: &str) -> Target {
    Target { instance: Some(name.to_owned()), ..Target::default() }
}

pub(crate) async fn open(url: &str, region: &str, name: &str) -> Result<Rds, Error> {
    Rds::open(aws(url, region).await, named(name), true).await
}

pub(crate) fn tags(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}
