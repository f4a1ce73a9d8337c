use proptest::prelude::*;

use super::*;

fn env(pairs: &[(&str, &str)]) -> Env {
    Env { variables: pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(), home: None }
}

fn parse(text: &str) -> Dsn {
    Dsn::parse(text, &env(&[])).unwrap()
}

fn tcp(name: &str) -> Address {
    Address::Tcp { name: name.to_owned(), address: None }
}

#[test]
fn a_url_names_everything() {
    let dsn =
        parse("postgresql://app:p%40ss@db.example.com:5433/shop?sslmode=require&connect_timeout=3&options=-c%20a%3Db");
    assert_eq!(dsn.hosts, [Host { address: tcp("db.example.com"), port: 5433, password: Some(Secret::new("p@ss")) }]);
    assert_eq!((dsn.user.as_str(), dsn.dbname.as_str()), ("app", "shop"));
    assert_eq!(dsn.tls.mode, SslMode::Require);
    assert_eq!(dsn.connect_timeout, Duration::from_secs(3));
    assert_eq!(dsn.options.as_deref(), Some("-c a=b"));
    assert_eq!(dsn.redacted(), "postgres://app@db.example.com:5433/shop?sslmode=require");
}

#[test]
fn pairs_mean_the_same_as_a_url() {
    let pairs = parse(r"host=db port = 5433 user='ap\'p' password='p s\\' dbname=shop");
    assert_eq!(pairs.user, "ap'p");
    assert_eq!(pairs.hosts[0].password.as_ref().unwrap().expose(), r"p s\");
    assert_eq!(pairs, parse("postgres://ap'p:p%20s%5C@db:5433/shop"));
}

#[test]
fn the_environment_fills_in_what_is_missing() {
    let env = env(&[
        ("PGHOST", "envhost"),
        ("PGPORT", "7"),
        ("PGUSER", "envuser"),
        ("PGPASSWORD", "envpass"),
        ("PGDATABASE", "envdb"),
        ("PGSSLMODE", "disable"),
        ("PGCONNECT_TIMEOUT", "9"),
        ("USER", "os"),
    ]);
    let dsn = Dsn::parse("postgres://", &env).unwrap();
    assert_eq!(dsn.redacted(), "postgres://envuser@envhost:7/envdb?sslmode=disable");
    assert_eq!(dsn.hosts[0].password.as_ref().unwrap().expose(), "envpass");
    assert_eq!(dsn.connect_timeout, Duration::from_secs(9));
    let dsn = Dsn::parse("postgres://u:p@h:1/d?sslmode=prefer", &env).unwrap();
    assert_eq!(dsn.redacted(), "postgres://u@h:1/d");
    assert_eq!(dsn.hosts[0].password.as_ref().unwrap().expose(), "p");
}

#[test]
fn the_database_is_named_like_the_user_where_nothing_else_is_said() {
    let dsn = Dsn::parse("postgres://localhost", &env(&[("USER", "os")])).unwrap();
    assert_eq!((dsn.user.as_str(), dsn.dbname.as_str()), ("os", "os"));
    assert_eq!(Dsn::parse("postgres://localhost", &env(&[])), Err(DsnError::NoUser));
}

#[test]
fn several_hosts_and_sockets() {
    let dsn = parse("postgres://u@a,b:5433,[::1]:5434/d");
    let hosts: Vec<_> = dsn.hosts.iter().map(ToString::to_string).collect();
    assert_eq!(hosts, ["a:5432", "b:5433", "[::1]:5434"]);
    let dsn = parse("postgres://u@%2Fvar%2Frun:5433/d");
    assert_eq!(dsn.hosts[0].address, Address::Unix("/var/run".into()));
    let dsn = parse("postgres:///d?host=/var/run&user=u&port=99");
    assert_eq!(dsn.hosts[0].to_string(), "/var/run/.s.PGSQL.99");
    let dsn = parse("host=a,b hostaddr=127.0.0.1,::1 port=1,2 user=u");
    assert_eq!(dsn.hosts[1].address, Address::Tcp { name: "b".to_owned(), address: Some("::1".parse().unwrap()) });
    assert!(matches!(
        Dsn::parse("host=a,b,c port=1,2 user=u", &env(&[])),
        Err(DsnError::Count { name: "port", hosts: 3, other: 2 })
    ));
}

#[test]
fn roots_decide_what_is_verified() {
    assert_eq!(parse("host=h user=u sslrootcert=system").tls.mode, SslMode::VerifyFull);
    assert_eq!(parse("host=h user=u sslmode=verify-full").tls.roots, Roots::System);
    let file = parse("host=h user=u sslmode=require sslrootcert=/ca.pem").tls;
    assert_eq!((file.mode, file.roots), (SslMode::VerifyCa, Roots::File("/ca.pem".into())));
    for refused in ["sslmode=verify-ca", "sslmode=require sslrootcert=system", "sslmode=full", "sslcert=/c.pem"] {
        assert!(Dsn::parse(&format!("host=h user=u {refused}"), &env(&[])).is_err(), "{refused}");
    }
}

#[test]
fn what_other_tools_add_is_no_reason_to_fail_but_a_typo_is() {
    parse("postgres://u@h/d?schema=public&pgbouncer=true&connection_limit=1");
    let error = Dsn::parse("postgres://u@h/d?sslmod=require", &env(&[])).unwrap_err();
    assert_eq!(error, DsnError::Unknown("sslmod".to_owned()));
    assert!(matches!(Dsn::parse("service=x user=u", &env(&[])), Err(DsnError::Unsupported { .. })));
    assert!(matches!(Dsn::parse("host=h user=u", &env(&[("PGSERVICE", "x")])), Err(DsnError::Unsupported { .. })));
    let error = Dsn::parse("postgresql+psycopg2://u:secret@h/d", &env(&[])).unwrap_err().to_string();
    assert!(error.contains("postgresql+psycopg2") && !error.contains("secret"), "{error}");
    assert_eq!(Dsn::parse("shop", &env(&[])), Err(DsnError::NotAConnectionString));
}

#[cfg(unix)]
#[test]
fn the_password_file_is_asked_last_and_per_host() {
    use std::os::unix::fs::PermissionsExt;
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join(".pgpass");
    std::fs::write(&file, "a:5432:d:u:one\nb:*:d:u:two\nlocalhost:*:*:*:socket\n").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let mut env = env(&[]);
    env.home = Some(home.path().to_owned());
    let passwords = |text: &str, env: &Env| -> Vec<Option<String>> {
        let dsn = Dsn::parse(text, env).unwrap();
        dsn.hosts.into_iter().map(|host| host.password.map(|p| p.expose().to_owned())).collect()
    };
    assert_eq!(passwords("postgres://u@a,b,c/d", &env), [Some("one".into()), Some("two".into()), None]);
    assert_eq!(passwords("postgres://u:p@a/d", &env), [Some("p".into())]);
    assert_eq!(passwords("host=/tmp user=u dbname=d", &env), [Some("socket".into())]);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let dsn = Dsn::parse("postgres://u@a/d", &env).unwrap();
    assert_eq!(dsn.hosts[0].password, None);
    assert!(dsn.notes[0].contains("chmod 600"), "{:?}", dsn.notes);
    env.variables.insert("PGPASSFILE".to_owned(), "/nowhere".to_owned());
    assert_eq!(passwords("postgres://u@a/d", &env), [None]);
}

/// Everything that a parse can give to a reader, in one text.
fn told(text: &str, env: &Env) -> String {
    match Dsn::parse(text, env) {
        Ok(dsn) => format!("{dsn} {dsn:?} {} {} {:?}", dsn.redacted(), dsn.database_and_user(), dsn.hosts),
        Err(error) => format!("{error} {error:?}"),
    }
}

proptest! {
    #[test]
    fn an_encoded_password_is_read_and_never_told(password in "[ -~]{0,6}S[ -~]{4,12}") {
        let text = format!("postgres://app:{}@db/shop", parse::encode(&password));
        let dsn = parse(&text);
        prop_assert_eq!(dsn.hosts[0].password.as_ref().unwrap().expose(), password.as_str());
        prop_assert!(!told(&text, &env(&[])).contains(&password));
        let env = env(&[("PGPASSWORD", &password)]);
        prop_assert!(!told("postgres://app@db/shop", &env).contains(&password));
        let quoted = password.replace('\\', "\\\\").replace('\'', "\\'");
        let pairs = format!("host=db user=app password='{quoted}'");
        prop_assert!(!told(&pairs, &env).contains(&password));
    }

    #[test]
    fn no_text_makes_it_panic_or_tell_a_raw_password(password in "[ -~]{8,20}", tail in "\\PC{0,20}") {
        for text in [
            format!("postgres://app:{password}@db/shop{tail}"),
            format!("postgres://app:{password}@db:{tail}"),
            format!("host=db user=app password={password} {tail}"),
        ] {
            let told = told(&text, &env(&[]));
            prop_assert!(!told.contains(&password), "{}", told);
        }
    }
}
