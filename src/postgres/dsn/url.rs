//! A connection string for another program: what was given, as it was given, with everything filled in that it left to
//! the environment, the password file or a default.

use super::parse::{self, encode};
use super::{Address, Dsn, DsnError, Host, Secret};

/// What differs from the string that was given.
#[derive(Clone, Copy, Debug, Default)]
pub struct Changes<'a> {
    /// In place of the password: a sign-in token.
    pub password: Option<&'a str>,
    pub application_name: Option<&'a str>,
    /// In place of the command-line options for the server.
    pub options: Option<&'a str>,
}

/// A URL in its parts, each percent-encoded.
#[derive(Default)]
struct Parts {
    scheme: String,
    user: Option<String>,
    password: Option<String>,
    host: String,
    port: String,
    dbname: String,
    query: Vec<(String, String)>,
}

impl Dsn {
    /// A URL that reaches exactly what `self` reaches, whatever the environment says. `text` is what `self` was read
    /// from: its spelling and its parameters stay. Holds the password.
    ///
    /// # Errors
    /// `text` is not what `self` was read from.
    pub fn completed(&self, text: &str, changes: &Changes<'_>) -> Result<Secret, DsnError> {
        let mut parts = match take_apart(text.trim()) {
            Some(parts) => parts,
            None => from_pairs(text)?,
        };
        if let [host] = self.hosts.as_slice() {
            parts.complete(self, host, changes.password);
        }
        for (name, value) in [("application_name", changes.application_name), ("options", changes.options)] {
            if let Some(value) = value {
                parts.query.retain(|(given, _)| given != name);
                parts.query.push((name.to_owned(), encode(value)));
            }
        }
        Ok(Secret::new(parts.put_together()))
    }
}

fn take_apart(text: &str) -> Option<Parts> {
    let (scheme, rest) = text.split_once("://")?;
    let (before, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, dbname) = before.split_once('/').unwrap_or((before, ""));
    let (userinfo, host) = authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
    let (user, password) = match userinfo.map(|userinfo| userinfo.split_once(':').unwrap_or((userinfo, ""))) {
        Some((user, password)) => (Some(user), Some(password).filter(|password| !password.is_empty())),
        None => (None, None),
    };
    // An address in brackets has colons of its own.
    let (host, port) = match host.rfind(':').filter(|&at| !host[at..].contains(']')) {
        Some(at) => (&host[..at], &host[at + 1..]),
        None => (host, ""),
    };
    Some(Parts {
        scheme: scheme.to_owned(),
        user: user.filter(|user| !user.is_empty()).map(str::to_owned),
        password: password.map(str::to_owned),
        host: host.to_owned(),
        port: port.to_owned(),
        dbname: dbname.to_owned(),
        query: query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
    })
}

fn from_pairs(text: &str) -> Result<Parts, DsnError> {
    let mut pairs = parse::parse(text)?;
    // The address is filled in whole.
    for name in ["host", "port"] {
        pairs.remove(name);
    }
    let mut take = |name: &str| pairs.remove(name).map(|value| encode(&value));
    Ok(Parts {
        scheme: "postgresql".to_owned(),
        user: take("user"),
        password: take("password"),
        dbname: take("dbname").unwrap_or_default(),
        query: pairs.into_iter().map(|(name, value)| (name, encode(&value))).collect(),
        ..Parts::default()
    })
}

impl Parts {
    fn complete(&mut self, dsn: &Dsn, host: &Host, password: Option<&str>) {
        let asks = |name: &str, query: &[(String, String)]| query.iter().any(|(given, _)| given == name);
        // Some programs take `user@/db` for a mistake: what is missing goes where the host is.
        let in_query = self.host.is_empty() && (asks("host", &self.query) || asks("hostaddr", &self.query));
        if !in_query && self.host.is_empty() {
            self.host = match &host.address {
                Address::Tcp { name, .. } if name.contains(':') => format!("[{name}]"),
                Address::Tcp { name, .. } => encode(name),
                Address::Unix(folder) => encode(&folder.display().to_string()),
            };
        }
        if self.user.is_none() && !asks("user", &self.query) {
            let user = encode(&dsn.user);
            if in_query { self.query.push(("user".to_owned(), user)) } else { self.user = Some(user) }
        }
        if self.port.is_empty() && !asks("port", &self.query) {
            let port = host.port.to_string();
            if in_query { self.query.push(("port".to_owned(), port)) } else { self.port = port }
        }
        if self.dbname.is_empty() && !asks("dbname", &self.query) {
            self.dbname = encode(&dsn.dbname);
        }
        if password.is_some() {
            self.password = None;
            self.query.retain(|(name, _)| name != "password");
        }
        let known = password.or(host.password.as_ref().map(Secret::expose));
        if let Some(known) = known
            && self.password.is_none()
            && !asks("password", &self.query)
        {
            let known = encode(known);
            // Without a user there is no place for it in front of the host.
            if self.user.is_none() {
                self.query.push(("password".to_owned(), known));
            } else {
                self.password = Some(known);
            }
        }
    }

    fn put_together(self) -> String {
        let mut url = format!("{}://", self.scheme);
        if let Some(user) = self.user {
            url.push_str(&user);
            if let Some(password) = self.password {
                url.push(':');
                url.push_str(&password);
            }
            url.push('@');
        }
        url.push_str(&self.host);
        if !self.port.is_empty() {
            url.push(':');
            url.push_str(&self.port);
        }
        url.push('/');
        url.push_str(&self.dbname);
        let query: Vec<String> = self.query.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !query.is_empty() {
            url.push('?');
            url.push_str(&query.join("&"));
        }
        url
    }
}

#[cfg(test)]
mod tests {
    use super::super::Env;
    use super::*;

    fn completed(text: &str, changes: &Changes<'_>) -> String {
        let variables =
            [("PGHOST", "envhost"), ("PGPORT", "7"), ("PGUSER", "me"), ("PGDATABASE", "shop"), ("PGPASSWORD", "p@ss")];
        let variables = variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let env = Env { variables, home: None };
        let dsn = Dsn::parse(text, &env).unwrap();
        let url = dsn.completed(text, changes).unwrap().expose().to_owned();
        // Without any help from the environment it means the same.
        let again = Dsn::parse(&url, &Env::default()).unwrap();
        assert_eq!((&again.hosts[0].address, again.hosts[0].port), (&dsn.hosts[0].address, dsn.hosts[0].port), "{url}");
        assert_eq!((&again.user, &again.dbname), (&dsn.user, &dsn.dbname), "{url}");
        let password = changes.password.or(dsn.hosts[0].password.as_ref().map(Secret::expose));
        assert_eq!(again.hosts[0].password.as_ref().map(Secret::expose), password, "{url}");
        url
    }

    #[test]
    fn what_was_given_stays_as_it_was_and_what_is_missing_is_filled_in() {
        for (given, expected) in [
            ("postgres://u:p@h:1/d", "postgres://u:p@h:1/d"),
            ("postgresql://u:p@h:1/d?sslmode=require&schema=a", "postgresql://u:p@h:1/d?sslmode=require&schema=a"),
            ("postgres://h", "postgres://me:p%40ss@h:7/shop"),
            ("postgres://", "postgres://me:p%40ss@envhost:7/shop"),
            ("postgres://u@[::1]/d", "postgres://u:p%40ss@[::1]:7/d"),
            ("postgres://u@%2Ftmp/d", "postgres://u:p%40ss@%2Ftmp:7/d"),
            ("postgres:///d?host=/tmp", "postgres:///d?host=/tmp&user=me&port=7&password=p%40ss"),
            ("postgres://h/d?user=u&password=q", "postgres://h:7/d?user=u&password=q"),
            ("host=h dbname=d", "postgresql://me:p%40ss@h:7/d"),
            ("host=/tmp port=8 user=u connect_timeout=3", "postgresql://u:p%40ss@%2Ftmp:8/shop?connect_timeout=3"),
        ] {
            assert_eq!(completed(given, &Changes::default()), expected);
        }
    }

    #[test]
    fn changes_take_the_place_of_what_was_given() {
        let changes = Changes { password: Some("a/b?c=d&e"), application_name: Some("run 1"), options: Some("-c a=b") };
        for (given, expected) in [
            (
                "postgres://u:p@h:1/d?application_name=x&sslmode=require&options=-c%20z%3Dy",
                "postgres://u:a%2Fb%3Fc%3Dd%26e@h:1/d?sslmode=require&application_name=run%201&options=-c%20a%3Db",
            ),
            (
                "postgres://h:1/d?user=u&password=p",
                "postgres://h:1/d?user=u&password=a%2Fb%3Fc%3Dd%26e&application_name=run%201&options=-c%20a%3Db",
            ),
        ] {
            assert_eq!(completed(given, &changes), expected);
        }
    }
}
