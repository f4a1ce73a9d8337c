//! What a new connection with the command's URL shows of the server behind it. Judged in [`super::identity`].

use std::path::Path;

use super::identity::{Facts, Shown};
use super::session::Session;
use super::target::{Target, plain};
use crate::gate::refusal::{Code, Refusal};
use crate::postgres::dsn::{Address, Roots};

/// Which instance this is. Exists on Aurora alone. Only a function of the server's own superuser is asked, which no
/// customer of RDS is: anybody else could have it say anything.
const SERVER_NAME: &str = "\
SELECT quote_ident(n.nspname) || '.' || quote_ident(p.proname)
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.proname = 'aurora_db_instance_identifier' AND p.pronargs = 0 AND p.proowner = 10
ORDER BY n.nspname = 'pg_catalog' DESC LIMIT 1";

/// Without the right to ask, this would be an error, and no answer.
const MAY_ASK_FOR_SYSTEM: &str = "SELECT has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')";

/// `ca_bundle`: roots for the proof; else those of the URL.
pub(super) async fn gather(target: &Target, ca_bundle: Option<&Path>) -> Result<Facts, Refusal> {
    let session = target.open("tidegate identity").await?;
    let facts = ask(target, &session, ca_bundle).await;
    session.close().await;
    facts
}

async fn ask(target: &Target, session: &Session, ca_bundle: Option<&Path>) -> Result<Facts, Refusal> {
    let roots = ca_bundle.map_or_else(|| target.dsn.tls.roots.clone(), |file| Roots::File(file.to_owned()));
    let certificate = match session.certificate() {
        Some(certificate) => {
            // Roots that cannot be read prove nothing, and stop nothing where something else does.
            let trusted = certificate.trusted_by(&roots).unwrap_or_else(|error| Err(error.to_string()));
            Some(Shown { names: certificate.names(), trusted })
        }
        None => None,
    };
    let row = session
        .row(
            "SELECT pg_is_in_recovery(), current_database(), current_setting('server_version_num'), \
             (SELECT oid FROM pg_database WHERE datname = current_database())",
        )
        .await?;
    let version = row.text(2).and_then(|text| text.parse().ok());
    let (Some(recovery), Some(database), Some(version)) = (row.text(0), row.text(1), version) else {
        return Err(Refusal::new(Code::CouldNotTell, format!("{} does not say what it is", target.place())));
    };
    let server_name = match session.rows(SERVER_NAME).await?.first().and_then(|row| row.text(0)) {
        Some(function) => session.row(&format!("SELECT {function}()")).await?.text(0).map(str::to_owned),
        None => None,
    };
    let system_identifier = if session.row(MAY_ASK_FOR_SYSTEM).await?.is(0, "t") {
        session.row("SELECT system_identifier FROM pg_control_system()").await?.text(0).map(str::to_owned)
    } else {
        None
    };
    let host = target.dsn.hosts.first();
    Ok(Facts {
        host: host.and_then(|host| match &host.address {
            Address::Tcp { name, .. } => Some(plain(name)),
            Address::Unix(_) => None,
        }),
        port: host.map_or(0, |host| host.port),
        place: host.map(ToString::to_string).unwrap_or_default(),
        database: database.to_owned(),
        database_oid: row.text(3).and_then(|text| text.parse().ok()),
        in_recovery: recovery != "f",
        version,
        certificate,
        server_name,
        system_identifier,
    })
}
