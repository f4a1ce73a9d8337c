//! Stands before a PostgreSQL server as RDS does where AWS signs in: it asks for a password in plain text, takes it for
//! a token, and lets in whoever shows one that AWS would take. What it saw is the witness.
//!
//! The token is checked as AWS does it: the signature is computed anew from the secret key, over this very endpoint and
//! this role, and it must not be older than it says.

use std::collections::BTreeMap;
use std::io::{Read, Write, copy};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

/// One who came, and showed this.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub(crate) user: String,
    pub(crate) application_name: String,
    pub(crate) token: String,
    /// When it was signed, to the second.
    pub(crate) signed: Option<Timestamp>,
    /// Why it was turned away.
    pub(crate) refused: Option<String>,
}

pub(crate) struct Front {
    pub(crate) port: u16,
    visits: Arc<Mutex<Vec<Visit>>>,
}

impl Front {
    /// Before the server that listens on `behind`; whoever has signed with `secret` comes in.
    pub(crate) fn before(behind: u16, secret: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let visits: Arc<Mutex<Vec<Visit>>> = Arc::default();
        let (seen, secret) = (visits.clone(), secret.to_owned());
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (seen, secret) = (seen.clone(), secret.clone());
                std::thread::spawn(move || drop(receive(client, port, behind, &secret, &seen)));
            }
        });
        Self { port, visits }
    }

    pub(crate) fn visits(&self) -> Vec<Visit> {
        self.visits.lock().unwrap().clone()
    }
}

fn receive(
    mut client: TcpStream,
    port: u16,
    behind: u16,
    secret: &str,
    seen: &Mutex<Vec<Visit>>,
) -> std::io::Result<()> {
    let startup = loop {
        let message = sized(&mut client)?;
        match u32::from_be_bytes(message[4..8].try_into().unwrap()) {
            // SSLRequest, GSSENCRequest.
            80_877_103 | 80_877_104 => client.write_all(b"N")?,
            196_608 => break message,
            // A request to cancel.
            _ => return TcpStream::connect(("127.0.0.1", behind))?.write_all(&message),
        }
    };
    let parameters = parameters(&startup[8..]);
    let parameter = |name: &str| parameters.get(name).cloned().unwrap_or_default();
    // AuthenticationCleartextPassword
    client.write_all(&[b'R', 0, 0, 0, 8, 0, 0, 0, 3])?;
    let mut kind = [0];
    client.read_exact(&mut kind)?;
    let message = sized(&mut client)?;
    let token = String::from_utf8_lossy(&message[4..message.len() - 1]).into_owned();
    let user = parameter("user");
    let checked = check(&token, port, &user, secret);
    seen.lock().unwrap().push(Visit {
        application_name: parameter("application_name"),
        signed: checked.as_ref().ok().copied(),
        refused: checked.as_ref().err().cloned(),
        token,
        user: user.clone(),
    });
    if checked.is_err() {
        let text = format!("SFATAL\0VFATAL\0C28000\0MPAM authentication failed for user \"{user}\"\0\0");
        client.write_all(b"E")?;
        client.write_all(&u32::try_from(text.len() + 4).unwrap().to_be_bytes())?;
        return client.write_all(text.as_bytes());
    }
    let mut server = TcpStream::connect(("127.0.0.1", behind))?;
    server.write_all(&startup)?;
    let (mut from_server, mut to_client) = (server.try_clone()?, client.try_clone()?);
    let back = std::thread::spawn(move || {
        let _ = copy(&mut from_server, &mut to_client);
        let _ = to_client.shutdown(Shutdown::Both);
    });
    let _ = copy(&mut client, &mut server);
    let _ = server.shutdown(Shutdown::Write);
    let _ = back.join();
    Ok(())
}

/// A message with its length in front, the length included.
fn sized(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut message = vec![0; 4];
    stream.read_exact(&mut message)?;
    let length = u32::from_be_bytes(message[..4].try_into().unwrap()) as usize;
    message.resize(length, 0);
    stream.read_exact(&mut message[4..])?;
    Ok(message)
}

fn parameters(bytes: &[u8]) -> BTreeMap<String, String> {
    let words: Vec<String> = bytes.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into()).collect();
    words.chunks(2).filter(|pair| pair.len() == 2).map(|pair| (pair[0].clone(), pair[1].clone())).collect()
}

/// When the token was signed, or why AWS would not take it.
fn check(token: &str, port: u16, user: &str, secret: &str) -> Result<Timestamp, String> {
    let host = format!("127.0.0.1:{port}");
    let query = token.strip_prefix(&format!("{host}/?")).ok_or("it is not for this endpoint")?;
    let pairs: BTreeMap<&str, &str> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
    let get = |name: &str| pairs.get(name).copied().ok_or(format!("{name} is missing"));
    if get("Action")? != "connect" || get("DBUser")? != user {
        return Err(format!("it is not for {user}"));
    }
    let date = get("X-Amz-Date")?;
    let signed = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", date)
        .and_then(|date| date.to_zoned(jiff::tz::TimeZone::UTC))
        .map_err(|error| error.to_string())?
        .timestamp();
    let lasts: i64 = get("X-Amz-Expires")?.parse().map_err(|_| "X-Amz-Expires")?;
    if lasts > 900 || Timestamp::now().duration_since(signed) > SignedDuration::from_secs(lasts) {
        return Err(format!("signed at {signed} for {lasts} s"));
    }
    let credential = get("X-Amz-Credential")?.replace("%2F", "/");
    let scope: Vec<&str> = credential.split('/').skip(1).collect();
    let [day, region, "rds-db", "aws4_request"] = scope[..] else { return Err(format!("signed for {credential}")) };
    let others: Vec<String> = pairs
        .iter()
        .filter(|(name, _)| **name != "X-Amz-Signature")
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let request = format!("GET\n/\n{}\nhost:{host}\n\nhost\n{}", others.join("&"), hex(&Sha256::digest(b"")));
    let text = format!("AWS4-HMAC-SHA256\n{date}\n{}\n{}", scope.join("/"), hex(&Sha256::digest(request.as_bytes())));
    let key = [day, region, "rds-db", "aws4_request"]
        .iter()
        .fold(format!("AWS4{secret}").into_bytes(), |key, part| hmac(&key, part.as_bytes()));
    if hex(&hmac(&key, text.as_bytes())) != get("X-Amz-Signature")? {
        return Err("its signature is not of this account".to_owned());
    }
    Ok(signed)
}

/// RFC 2104, with SHA-256.
fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut block = [0; 64];
    let key = if key.len() > 64 { Sha256::digest(key).to_vec() } else { key.to_vec() };
    block[..key.len()].copy_from_slice(&key);
    let inner = Sha256::new().chain_update(block.map(|byte| byte ^ 0x36)).chain_update(text).finalize();
    Sha256::new().chain_update(block.map(|byte| byte ^ 0x5c)).chain_update(inner).finalize().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
