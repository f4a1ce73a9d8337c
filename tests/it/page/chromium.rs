//! A headless Chromium, driven over the DevTools protocol through its pipes: no port, no driver, no library.
//!
//! `--remote-debugging-pipe` reads commands from descriptor 3 and writes answers and events to 4, each ended by a zero
//! byte; a shell makes them of the child's standard streams.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(60);

/// A browser with one tab. Ends with the value.
pub(crate) struct Browser {
    child: Child,
    input: ChildStdin,
    answers: Receiver<Value>,
    session: String,
    number: u64,
    /// Every event since the last [`Browser::open`].
    pub(crate) events: Vec<Value>,
    _profile: tempfile::TempDir,
}

fn program() -> String {
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = names.iter().find(|name| std::env::split_paths(&path).any(|folder| folder.join(name).is_file()));
    found.expect("the page's tests need Chromium or Chrome on PATH: install the package `chromium`").to_string()
}

impl Browser {
    pub(crate) fn start() -> Self {
        let profile = tempfile::tempdir().unwrap();
        let mut child = Command::new("sh")
            .args(["-c", "exec \"$@\" 3<&0 4>&1 0</dev/null 1>/dev/null 2>/dev/null", "sh", &program()])
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"])
            .args([
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--hide-scrollbars",
            ])
            .args(["--remote-debugging-pipe", "--window-size=1440,900"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let (sender, answers) = channel();
        std::thread::spawn(move || {
            let mut message = Vec::new();
            while output.read_until(0, &mut message).is_ok_and(|length| length > 0) {
                message.pop();
                let Ok(value) = serde_json::from_slice(&message) else { break };
                if sender.send(value).is_err() {
                    break;
                }
                message.clear();
            }
        });
        let mut browser =
            Self { child, input, answers, session: String::new(), number: 0, events: Vec::new(), _profile: profile };
        let target = browser.call("Target.createTarget", json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        browser.session = browser.call("Target.attachToTarget", attach)["sessionId"].as_str().unwrap().to_owned();
        for domain in ["Page", "Runtime", "Network", "Log"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        browser.size(1440, 900);
        browser
    }

    /// One command and its result.
    pub(crate) fn call(&mut self, method: &str, parameters: Value) -> Value {
        let answer = self.ask(method, parameters);
        assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
        answer["result"].clone()
    }

    fn ask(&mut self, method: &str, parameters: Value) -> Value {
        self.number += 1;
        let number = self.number;
        let mut message = json!({ "id": number, "method": method, "params": parameters });
        if !self.session.is_empty() {
            message["sessionId"] = json!(self.session);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.input.write_all(&bytes).unwrap();
        self.input.flush().unwrap();
        loop {
            let answer =
                self.answers.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("Chromium did not answer {method}"));
            if answer["id"] == json!(number) {
                return answer;
            }
            self.events.push(answer);
        }
    }

    pub(crate) fn size(&mut self, width: u32, height: u32) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.call("Emulation.setDeviceMetricsOverride", metrics);
    }

    /// Opens a file and waits until it is loaded. A route is what follows the `#`.
    pub(crate) fn open(&mut self, file: &Path, route: &str) {
        self.visit(&format!("file://{}#{route}", file.display()));
        self.wait("document.readyState === 'complete' && document.getElementById('app')?.hidden === false");
    }

    /// Goes to an address.
    pub(crate) fn visit(&mut self, url: &str) {
        // A changed fragment alone would not load the page anew.
        self.call("Page.navigate", json!({ "url": "about:blank" }));
        self.events.clear();
        self.call("Page.navigate", json!({ "url": url }));
    }

    /// The value of an expression.
    pub(crate) fn eval(&mut self, expression: &str) -> Value {
        let parameters = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let result = self.call("Runtime.evaluate", parameters);
        assert!(result["exceptionDetails"].is_null(), "{expression}: {}", result["exceptionDetails"]);
        result["result"]["value"].clone()
    }

    pub(crate) fn text(&mut self, selector: &str) -> String {
        let value = self.eval(&format!("document.querySelector({})?.innerText ?? null", json!(selector)));
        value.as_str().unwrap_or_else(|| panic!("there is no {selector}")).to_owned()
    }

    /// Waits until an expression is true. While a page gives way to another there is nothing to ask, and that passes.
    pub(crate) fn wait(&mut self, expression: &str) {
        let start = Instant::now();
        let parameters = json!({ "expression": format!("Boolean({expression})"), "returnByValue": true });
        loop {
            let answer = self.ask("Runtime.evaluate", parameters.clone());
            if answer["result"]["result"]["value"] == json!(true) {
                return;
            }
            assert!(start.elapsed() < PATIENCE, "still not true: {expression}\n{answer}");
            std::thread::sleep(Duration::from_millis(15));
        }
    }

    /// Types text into what has the focus.
    pub(crate) fn write(&mut self, text: &str) {
        self.call("Input.insertText", json!({ "text": text }));
    }

    /// Presses a key as a keyboard does, `modifiers` as in the protocol (2 is Ctrl).
    pub(crate) fn press(&mut self, key: &str, modifiers: u32) {
        let code = match key {
            "Enter" => 13,
            "Escape" => 27,
            "ArrowDown" => 40,
            "Tab" => 9,
            other => other.to_uppercase().bytes().next().map_or(0, u32::from),
        };
        let mut down = json!({ "type": "keyDown", "key": key, "windowsVirtualKeyCode": code, "modifiers": modifiers });
        if key == "Enter" {
            down["text"] = json!("\r");
        } else if key.chars().count() == 1 && modifiers == 0 {
            down["text"] = json!(key);
        }
        self.call("Input.dispatchKeyEvent", down);
        self.call("Input.dispatchKeyEvent", json!({ "type": "keyUp", "key": key, "modifiers": modifiers }));
    }

    pub(crate) fn mouse(&mut self, kind: &str, x: f64, y: f64) {
        let mut event = json!({ "type": kind, "x": x, "y": y, "button": "left", "clickCount": 1 });
        if kind == "mouseMoved" {
            event["button"] = json!("none");
        }
        self.call("Input.dispatchMouseEvent", event);
    }

    /// What the page asked for besides itself, and what it complained about.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let told = self.events.iter().filter_map(|event| {
            let parameters = &event["params"];
            match event["method"].as_str()? {
                "Network.requestWillBeSent" => {
                    let url = parameters["request"]["url"].as_str()?;
                    let own = parameters["type"] == "Document" || url.starts_with("data:");
                    (!own).then(|| format!("request {url}"))
                }
                "Runtime.exceptionThrown" => Some(format!("exception {}", parameters["exceptionDetails"])),
                "Runtime.consoleAPICalled" => Some(format!("console {parameters}")),
                "Log.entryAdded" => Some(format!("log {}", parameters["entry"])),
                _ => None,
            }
        });
        told.collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
