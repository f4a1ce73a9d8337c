//! The page that is served: reloads itself, shows errors over the last good page, and answers to nobody else.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use serde_json::json;

use super::program::{Watch, document};
use crate::page::chromium::Browser;
use crate::support::cli::Cli;

fn serving() -> Cli {
    Cli::new().file("schema.json", document(&["first"])).args([
        "watch",
        "schema.json",
        "--serve",
        "--port",
        "0",
        "--json",
    ])
}

/// The address that it tells.
fn url(watch: &mut Watch) -> String {
    watch.wait_for("the address", |lines| !lines.is_empty());
    let told: serde_json::Value = serde_json::from_str(&watch.lines()[0]).unwrap();
    told["url"].as_str().unwrap().to_owned()
}

fn port(url: &str) -> u16 {
    url.trim_end_matches('/').rsplit(':').next().unwrap().parse().unwrap()
}

/// The answer to one request; of an endless one, what came within a moment.
fn ask(port: u16, path: &str, host: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(3))).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn it_answers_on_loopback_to_its_own_names_alone() {
    let cli = serving();
    let mut watch = Watch::start(&cli);
    let url = url(&mut watch);
    watch.wait_for("the first round", |lines| lines.iter().any(|line| line.contains("\"shown\"")));
    let port = port(&url);
    let page = ask(port, "/", &format!("localhost:{port}"));
    assert!(
        page.starts_with("HTTP/1.1 200") && page.contains("public.first") && page.contains("data-version"),
        "{page}"
    );
    assert!(!page.to_lowercase().contains("access-control-allow-origin"));
    for host in ["evil.example", &format!("evil.example:{port}"), &format!("127.0.0.1.nip.io:{port}"), ""] {
        for path in ["/", "/events"] {
            let refused = ask(port, path, host);
            assert!(refused.starts_with("HTTP/1.1 403") && !refused.contains("first"), "{host}: {refused}");
        }
    }
    let told = ask(port, "/events", &format!("127.0.0.1:{port}"));
    assert!(told.contains("event: state") && told.contains("\"problem\":null"), "{told}");
    assert!(ask(port, "/schema.json", &format!("127.0.0.1:{port}")).starts_with("HTTP/1.1 404"));
    // From outside there is nothing to reach: every socket of this port is bound to loopback.
    let sockets = listening(port);
    assert!(!sockets.is_empty());
    assert!(
        sockets.iter().all(|address| address == "0100007F" || address == "00000000000000000000000001000000"),
        "{sockets:?}"
    );
    Cli::new()
        .file("schema.json", document(&[]))
        .args(["watch", "schema.json", "--serve", "--port", &port.to_string()])
        .status(2)
        .stderr_has(format!("port {port} of this machine is taken"))
        .run();
    assert_eq!(watch.interrupt(), Some(130));
}

/// The addresses at which the kernel says that somebody listens on a port.
fn listening(port: u16) -> Vec<String> {
    let mut found = Vec::new();
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        for line in fs::read_to_string(table).unwrap_or_default().lines().skip(1) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let Some((address, found_port)) = fields[1].split_once(':') else { continue };
            if fields[3] == "0A" && u16::from_str_radix(found_port, 16) == Ok(port) {
                found.push(address.to_owned());
            }
        }
    }
    found
}

#[test]
fn the_file_knows_nothing_of_the_server() {
    let cli = Cli::new().file("schema.json", document(&["first"])).args([
        "watch",
        "schema.json",
        "--serve",
        "--port",
        "0",
        "--json",
        "-o",
        "out",
        "-f",
        "html",
    ]);
    let mut watch = Watch::start(&cli);
    watch.wait_for_file("out/schema.html", "first");
    let watched = fs::read_to_string(cli.dir().join("out/schema.html")).unwrap();
    assert!(!watched.contains("EventSource") && !watched.contains("connect-src"));
    assert_eq!(watch.interrupt(), Some(130));
    Cli::within(cli.dir()).args(["docs", "schema.json", "-o", "out", "-f", "html", "--check"]).run();
}

/// A picture for people who change the overlay: `TIDEGATE_PICTURES=dir cargo test --test it watch::served`.
fn picture(browser: &mut Browser, name: &str) {
    use base64::Engine as _;
    let Some(folder) = std::env::var_os("TIDEGATE_PICTURES") else { return };
    let shot = browser.call("Page.captureScreenshot", json!({ "format": "png" }));
    let bytes = base64::prelude::BASE64_STANDARD.decode(shot["data"].as_str().unwrap()).unwrap();
    fs::write(Path::new(&folder).join(format!("{name}.png")), bytes).unwrap();
}

#[test]
fn the_page_reloads_itself_and_shows_errors_over_the_last_good_one() {
    let evil = "<img src=x onerror=hacked=1>";
    let cli = Cli::new()
        .file("m/1.sql", "CREATE TABLE first (id int);")
        .args(["watch", "m", "--serve", "--port", "0", "--json", "--engine", "embedded"]);
    let dir = cli.dir().to_owned();
    let mut watch = Watch::start(&cli);
    let url = url(&mut watch);
    let mut browser = Browser::start();
    browser.visit(&url);
    // The page of a server that has nothing yet reloads by itself when there is something.
    browser.wait("document.getElementById('app')?.hidden === false");
    browser.eval("location.hash = '#/table/public.first'");
    browser.wait("document.querySelector('#panel h2').innerText.includes('first')");
    let hidden = "document.querySelector('.tidegate-live')?.hidden === true";
    let open = "document.querySelector('.tidegate-live')?.hidden === false";
    browser.wait(hidden);
    let broken = format!("CREATE TABLE second (\n  id int,\n  \"{evil}\" nosuchtype\n);");
    fs::write(dir.join("m/2.sql"), broken).unwrap();
    browser.wait(open);
    assert_eq!(browser.text(".tidegate-live .place"), "2.sql:3");
    assert_eq!(browser.text(".tidegate-live .what"), "type \"nosuchtype\" does not exist (SQLSTATE 42704)");
    assert!(browser.text(".tidegate-live pre").contains(evil), "{}", browser.text(".tidegate-live pre"));
    assert_eq!(browser.eval("[window.hacked ?? null, document.querySelectorAll('img').length]"), json!([null, 0]));
    picture(&mut browser, "overlay");
    // Underneath is the page, which can be looked at.
    browser.press("Escape", 0);
    browser.wait(hidden);
    assert!(browser.text(".tidegate-badge").contains("Show the error"));
    assert!(browser.text("#panel h2").contains("first"), "the page itself did not hear the key");
    picture(&mut browser, "badge");
    browser.eval("document.querySelector('.tidegate-badge').click()");
    browser.wait(open);
    let dark = json!({ "features": [{ "name": "prefers-color-scheme", "value": "dark" }] });
    browser.call("Emulation.setEmulatedMedia", dark);
    picture(&mut browser, "overlay-dark");
    // Mended: the error goes, the page is the new one at the old place.
    fs::write(dir.join("m/2.sql"), "CREATE TABLE second (id int);").unwrap();
    browser.wait("document.body.textContent.includes('second') && document.getElementById('app')?.hidden === false");
    browser.wait(hidden);
    assert_eq!(browser.eval("location.hash"), json!("#/table/public.first"));
    browser.wait("document.querySelector('#panel h2').innerText.includes('first')");
    let foreign: Vec<String> =
        browser.complaints().into_iter().filter(|told| !told.starts_with(&format!("request {url}"))).collect();
    assert_eq!(foreign, [""; 0]);
    // A server that is gone is told.
    assert_eq!(watch.interrupt(), Some(130));
    browser.wait("document.querySelector('.tidegate-badge')?.hidden === false");
    assert!(browser.text(".tidegate-badge").contains("ended"));
}

#[test]
fn the_place_on_the_page_is_kept() {
    let many: Vec<String> = (0..60).map(|number| format!("t{number:02}")).collect();
    let names: Vec<&str> = many.iter().map(String::as_str).collect();
    let cli = serving().file("schema.json", document(&names));
    let dir = cli.dir().to_owned();
    let mut watch = Watch::start(&cli);
    let url = url(&mut watch);
    let mut browser = Browser::start();
    browser.visit(&format!("{url}#/dictionary"));
    browser.wait("document.querySelector('.dictionary')?.scrollHeight > 3000");
    browser.eval("document.querySelector('.dictionary').scrollTop = 1200");
    browser.wait("document.querySelector('.dictionary').scrollTop === 1200");
    let more: Vec<&str> = names.iter().copied().chain(["zz_new"]).collect();
    fs::write(dir.join("schema.json"), document(&more)).unwrap();
    browser.wait(
        "document.body.textContent.includes('zz_new') && document.querySelector('.dictionary')?.scrollTop === 1200",
    );
    assert_eq!(watch.interrupt(), Some(130));
}
