//! A scripted AWS on the wire: RDS's Query protocol with what moto lacks (statuses over time, pages, throttling, quota,
//! ends of credentials, vanishing snapshots, lost answers), and as much of STS, Secrets Manager, Parameter Store, KMS
//! and GitHub's token service as tidegate asks for.
//!
//! ```ignore
//! let fake = Fake::start();
//! fake.with(|world| world.instances.push(Instance::new("prod-db").at("127.0.0.1", port)));
//! fake.fault(Fault::on("CreateDBSnapshot").first(1).lose_answer());
//! Cli::new().envs(fake.env())…;
//! assert_eq!(fake.count("CreateDBSnapshot"), 1);
//! ```
//!
//! Its log is the witness: every request, with the time at which it came, and what became of it.

mod rds;
pub(crate) mod world;
mod xml;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;
use jiff::Timestamp;

pub(crate) use world::{Cluster, Instance, Kind, Proxy, REGION, Snapshot, Stage, World};

/// What must never be seen in any output.
pub(crate) const SECRET_KEY: &str = "FakeSecretKeyThatNobodyMaySee/+=";
pub(crate) const SESSION_TOKEN: &str = "FakeSessionTokenThatNobodyMaySee";
const ACCESS_KEY: &str = "AKIAFAKEFAKEFAKEFAKE";

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) at: Timestamp,
    pub(crate) moment: Instant,
    /// `CreateDBSnapshot`, `GetSecretValue`, `github-token`
    pub(crate) action: String,
    /// The Region that it was signed for.
    pub(crate) region: String,
    /// The access key that signed it.
    pub(crate) key: String,
    pub(crate) parameters: BTreeMap<String, String>,
    /// Whether the service speaks JSON.
    json: bool,
    /// `200`, `400 DBSnapshotAlreadyExists`, `cut`, `lost after 200`; empty while it is being answered.
    pub(crate) answer: String,
}

impl Call {
    pub(crate) fn get(&self, name: &str) -> &str {
        self.parameters.get(name).map_or("", String::as_str)
    }
}

/// Something that goes wrong with some requests.
pub(crate) struct Fault {
    actions: Vec<String>,
    /// Parameters that must have these values.
    given: Vec<(String, String)>,
    skip: usize,
    times: usize,
    effect: Effect,
}

#[derive(Clone)]
enum Effect {
    Answer(Answer),
    /// Status, code and message, in the words of the service.
    Error(u16, String, String),
    /// Carried out, and then the connection is closed without a word.
    LoseAnswer,
    /// Not carried out, and the connection is closed without a word.
    Cut,
    /// Carried out after a while.
    Delay(Duration),
    /// Never answered, nor carried out.
    Hang,
}

impl Fault {
    /// On one action, or on every action of RDS with `*`.
    pub(crate) fn on(action: &str) -> Self {
        Self { actions: vec![action.to_owned()], given: Vec::new(), skip: 0, times: usize::MAX, effect: Effect::Cut }
    }

    /// Also on this action.
    pub(crate) fn and(mut self, action: &str) -> Self {
        self.actions.push(action.to_owned());
        self
    }

    /// Only where a parameter has this value.
    pub(crate) fn given(mut self, parameter: &str, value: &str) -> Self {
        self.given.push((parameter.to_owned(), value.to_owned()));
        self
    }

    /// Only from the request after so many on.
    pub(crate) fn after(mut self, requests: usize) -> Self {
        self.skip = requests;
        self
    }

    /// Only so many times.
    pub(crate) fn first(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    pub(crate) fn error(mut self, status: u16, code: &str, message: &str) -> Self {
        self.effect = Effect::Error(status, code.to_owned(), message.to_owned());
        self
    }

    pub(crate) fn throttle(self) -> Self {
        self.error(400, "Throttling", "Rate exceeded")
    }

    /// As it is when the credentials have ended.
    pub(crate) fn expire(self) -> Self {
        self.error(403, "ExpiredToken", "The security token included in the request is expired")
    }

    pub(crate) fn deny(self) -> Self {
        let action = self.actions[0].clone();
        let service = match action.as_str() {
            "GetSecretValue" => "secretsmanager",
            "GetParameter" => "ssm",
            "DescribeKey" => "kms",
            "GetCallerIdentity" => "sts",
            _ => "rds",
        };
        let code = if ["rds", "sts"].contains(&service) { "AccessDenied" } else { "AccessDeniedException" };
        let message = format!(
            "User: arn:aws:sts::123456789012:assumed-role/deploy/run-17 is not authorized to perform: \
             {service}:{action} on resource: arn:aws:{service}:{REGION}:123456789012:snapshot:tidegate-x because no \
             identity-based policy allows the {service}:{action} action"
        );
        self.error(403, code, &message)
    }

    /// An answer of no service: of a proxy in between, say.
    pub(crate) fn answer(mut self, status: u16, body: &str) -> Self {
        self.effect = Effect::Answer(Answer { status, kind: "text/html", body: body.to_owned() });
        self
    }

    pub(crate) fn lose_answer(mut self) -> Self {
        self.effect = Effect::LoseAnswer;
        self
    }

    pub(crate) fn cut(mut self) -> Self {
        self.effect = Effect::Cut;
        self
    }

    pub(crate) fn delay(mut self, by: Duration) -> Self {
        self.effect = Effect::Delay(by);
        self
    }

    pub(crate) fn hang(mut self) -> Self {
        self.effect = Effect::Hang;
        self
    }

    fn meets(&mut self, call: &Call) -> bool {
        let named = self.actions.iter().any(|action| action == "*" || *action == call.action);
        if !named || !self.given.iter().all(|(name, value)| call.get(name) == value) {
            return false;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        let left = self.times > 0;
        self.times = self.times.saturating_sub(usize::from(self.times != usize::MAX));
        left
    }
}

/// An answer as it goes over the wire.
#[derive(Clone)]
struct Answer {
    status: u16,
    kind: &'static str,
    body: String,
}

impl Answer {
    fn xml(status: u16, body: String) -> Self {
        Self { status, kind: "text/xml", body }
    }

    fn json(status: u16, body: &serde_json::Value) -> Self {
        Self { status, kind: "application/x-amz-json-1.1", body: body.to_string() }
    }

    fn error(status: u16, code: &str, message: &str) -> Self {
        Self::xml(status, xml::error(code, message))
    }

    /// The status, and the code of an error.
    fn in_short(&self) -> String {
        let code = self.body.split_once("<Code>").and_then(|(_, rest)| rest.split_once('<')).map(|(code, _)| code);
        code.map_or_else(|| self.status.to_string(), |code| format!("{} {code}", self.status))
    }
}

#[derive(Default)]
struct Inside {
    world: World,
    faults: Vec<Fault>,
    log: Vec<Call>,
    answers: BTreeMap<String, Answer>,
}

/// The running fake; it ends with this value.
pub(crate) struct Fake {
    inside: Arc<Mutex<Inside>>,
    address: SocketAddr,
    _stop: tokio::sync::oneshot::Sender<()>,
}

impl Fake {
    /// On a free port of this machine, on a thread of its own: tests may block.
    pub(crate) fn start() -> Self {
        let inside = Arc::new(Mutex::new(Inside::default()));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let router = axum::Router::new().fallback(serve).with_state(inside.clone());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                tokio::select! {
                    ended = async { axum::serve(listener, router).await } => ended.unwrap(),
                    _ = stopped => {}
                }
            });
        });
        Self { inside, address, _stop: stop }
    }

    /// With an instance that is available at its own name.
    pub(crate) fn with_instance(name: &str) -> Self {
        let fake = Self::start();
        fake.with(|world| world.instances.push(Instance::new(name)));
        fake
    }

    /// With an Aurora cluster of two instances.
    pub(crate) fn with_cluster(name: &str) -> Self {
        let fake = Self::start();
        fake.with(|world| Cluster::new(name).into_world(world, 2));
        fake
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The environment for a program that is to take this for AWS.
    pub(crate) fn env(&self) -> Vec<(&'static str, String)> {
        environment(&self.url(), REGION)
    }

    /// The environment of a GitHub job that may assume a role, without keys.
    pub(crate) fn github_env(&self) -> Vec<(&'static str, String)> {
        let keys = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
        let mut env: Vec<_> = self.env().into_iter().filter(|(name, _)| !keys.contains(name)).collect();
        env.extend([
            ("ACTIONS_ID_TOKEN_REQUEST_URL", format!("{}/github-token?api-version=2.0", self.url())),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", GITHUB_TOKEN.to_owned()),
            ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/deploy".to_owned()),
            ("GITHUB_RUN_ID", "17".to_owned()),
        ]);
        env
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Looks at the account, or changes it.
    pub(crate) fn with<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        look(&mut self.inside().world)
    }

    pub(crate) fn fault(&self, fault: Fault) {
        self.inside().faults.push(fault);
    }

    pub(crate) fn no_faults(&self) {
        self.inside().faults.clear();
    }

    /// What an action that the fake does not know answers, in the JSON of its service.
    pub(crate) fn answer(&self, action: &str, status: u16, body: &serde_json::Value) {
        self.inside().answers.insert(action.to_owned(), Answer::json(status, body));
    }

    /// Every request so far, in the order in which they came.
    pub(crate) fn log(&self) -> Vec<Call> {
        self.inside().log.clone()
    }

    pub(crate) fn calls(&self, action: &str) -> Vec<Call> {
        self.log().into_iter().filter(|call| call.action == action).collect()
    }

    pub(crate) fn count(&self, action: &str) -> usize {
        self.calls(action).len()
    }

    /// Actions that changed something, or tried to.
    pub(crate) fn orders(&self) -> Vec<Call> {
        let order = |call: &Call| {
            ["Create", "Delete", "Copy", "Add", "Remove", "Restore", "Modify"]
                .iter()
                .any(|verb| call.action.starts_with(verb))
        };
        self.log().into_iter().filter(order).collect()
    }

    /// Waits until an action was asked for so many times.
    pub(crate) fn wait_for(&self, action: &str, times: usize) {
        let end = Instant::now() + Duration::from_secs(60);
        while self.count(action) < times {
            assert!(Instant::now() < end, "{action} was asked for {} times, not {times}", self.count(action));
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

pub(crate) const GITHUB_TOKEN: &str = "GitHubRequestTokenThatNobodyMaySee";

/// Variables by which every AWS tool takes `url` for AWS.
pub(super) fn environment(url: &str, region: &str) -> Vec<(&'static str, String)> {
    [
        ("AWS_ENDPOINT_URL", url),
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
        ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
        ("AWS_REGION", region),
        ("AWS_DEFAULT_REGION", region),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_CONFIG_FILE", "/nonexistent"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent"),
        ("NO_PROXY", "127.0.0.1"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .into()
}

/// Closes the connection without a word. A handler that unwinds takes its connection with it.
fn hang_up() -> ! {
    std::panic::resume_unwind(Box::new("hung up"))
}

/// What has arrived is carried out, also where nobody waits for the answer any more.
async fn serve(
    State(inside): State<Arc<Mutex<Inside>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let call = request(&method, &uri, &headers, &body);
    match tokio::spawn(answer(inside, call)).await {
        Ok(response) => response,
        Err(ended) => std::panic::resume_unwind(ended.into_panic()),
    }
}

async fn answer(inside: Arc<Mutex<Inside>>, call: Call) -> Response {
    let (number, effect) = {
        let mut inside = inside.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let effect = inside.faults.iter_mut().find_map(|fault| fault.meets(&call).then(|| fault.effect.clone()));
        inside.log.push(call.clone());
        (inside.log.len() - 1, effect)
    };
    let note = |answer: &str| {
        let mut inside = inside.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        answer.clone_into(&mut inside.log[number].answer);
    };
    match &effect {
        Some(Effect::Delay(by)) => tokio::time::sleep(*by).await,
        Some(Effect::Hang) => std::future::pending().await,
        Some(Effect::Cut) => {
            note("cut");
            hang_up();
        }
        _ => {}
    }
    let (answer, date) = {
        let mut inside = inside.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let answer = match &effect {
            Some(Effect::Answer(answer)) => answer.clone(),
            Some(Effect::Error(status, code, message)) if call.json => {
                Answer::json(*status, &serde_json::json!({"__type": code, "message": message}))
            }
            Some(Effect::Error(status, code, message)) => Answer::error(*status, code, message),
            _ => carry_out(&mut inside, &call),
        };
        (answer, inside.world.now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
    };
    if matches!(effect, Some(Effect::LoseAnswer)) {
        note(&format!("lost after {}", answer.in_short()));
        hang_up();
    }
    note(&answer.in_short());
    Response::builder()
        .status(StatusCode::from_u16(answer.status).unwrap())
        .header("content-type", answer.kind)
        .header("date", date)
        .body(Body::from(answer.body))
        .unwrap()
}

/// A request, read as far as it matters.
fn request(method: &Method, uri: &Uri, headers: &HeaderMap, body: &Bytes) -> Call {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let authorization = header("authorization");
    let scope =
        authorization.split_once("Credential=").map_or("", |(_, rest)| rest.split(',').next().unwrap_or_default());
    let mut scope = scope.split('/');
    let (key, region) = (scope.next().unwrap_or_default().to_owned(), scope.nth(1).unwrap_or_default().to_owned());
    let target = header("x-amz-target");
    let mut parameters: BTreeMap<String, String>;
    let action;
    if uri.path() == "/container" {
        action = "container-credentials".to_owned();
        parameters = BTreeMap::new();
    } else if uri.path() == "/federation/credentials" {
        action = "sso-credentials".to_owned();
        parameters = form(uri.query().unwrap_or_default());
    } else if uri.path() == "/github-token" {
        action = "github-token".to_owned();
        parameters = form(uri.query().unwrap_or_default());
        parameters.insert("authorization".to_owned(), authorization);
    } else if let Some((_, name)) = target.rsplit_once('.') {
        action = name.to_owned();
        let json: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        parameters = json.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), text(value))).collect();
    } else {
        parameters = form(&String::from_utf8_lossy(body));
        action = parameters.get("Action").cloned().unwrap_or_else(|| format!("{method} {uri}"));
    }
    Call {
        at: Timestamp::now(),
        moment: Instant::now(),
        action,
        region,
        key,
        parameters,
        json: !target.is_empty(),
        answer: String::new(),
    }
}

fn form(text: &str) -> BTreeMap<String, String> {
    let decode = |text: &str| {
        let bytes = text.replace('+', " ").into_bytes();
        let (mut decoded, mut at) = (Vec::new(), 0);
        while at < bytes.len() {
            let code = (bytes[at] == b'%').then(|| std::str::from_utf8(&bytes[at + 1..at + 3]).unwrap());
            decoded.push(code.map_or(bytes[at], |hex| u8::from_str_radix(hex, 16).unwrap()));
            at += if code.is_some() { 3 } else { 1 };
        }
        String::from_utf8(decoded).unwrap()
    };
    text.split('&').filter_map(|pair| pair.split_once('=')).map(|(name, value)| (decode(name), decode(value))).collect()
}

fn carry_out(inside: &mut Inside, call: &Call) -> Answer {
    if let Some(answer) = inside.answers.get(&call.action) {
        return answer.clone();
    }
    let world = &mut inside.world;
    let unsigned = ["github-token", "container-credentials", "sso-credentials", "AssumeRoleWithWebIdentity"]
        .contains(&call.action.as_str());
    if !unsigned && call.key.is_empty() {
        return Answer::error(403, "MissingAuthenticationToken", "Request is missing Authentication Token");
    }
    if world.sessions.get(&call.key).is_some_and(|end| *end <= world.now()) {
        return Answer::error(403, "ExpiredToken", "The security token included in the request is expired");
    }
    match call.action.as_str() {
        "GetCallerIdentity" => Answer::xml(200, xml::caller()),
        "AssumeRoleWithWebIdentity" => assume_role(world, call),
        "github-token" => github_token(world, call),
        "container-credentials" => {
            let (key, end) = session(world);
            let end = end.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
            let keys = serde_json::json!({"AccessKeyId": key, "SecretAccessKey": SECRET_KEY, "Token": SESSION_TOKEN, "Expiration": end});
            Answer::json(200, &keys)
        }
        "sso-credentials" => {
            let (key, end) = session(world);
            let keys = serde_json::json!({"accessKeyId": key, "secretAccessKey": SECRET_KEY, "sessionToken": SESSION_TOKEN, "expiration": end.as_millisecond()});
            Answer::json(200, &serde_json::json!({"roleCredentials": keys}))
        }
        "GetSecretValue" => {
            let name = call.get("SecretId");
            match world.secrets.get(name) {
                Some(text) => Answer::json(200, &serde_json::json!({"Name": name, "ARN": name, "SecretString": text})),
                None => missing("ResourceNotFoundException", "Secrets Manager can't find the specified secret."),
            }
        }
        "GetParameter" => {
            let name = call.get("Name");
            match world.parameters.get(name) {
                Some(text) => {
                    let text = if call.get("WithDecryption") == "true" { text.as_str() } else { "AQICAHencrypted" };
                    Answer::json(
                        200,
                        &serde_json::json!({"Parameter": {"Name": name, "Type": "SecureString", "Value": text}}),
                    )
                }
                None => missing("ParameterNotFound", ""),
            }
        }
        "DescribeKey" => {
            let key = call.get("KeyId");
            match world.keys.get(key) {
                Some(state) => {
                    let facts =
                        serde_json::json!({"KeyId": key, "Arn": key, "KeyState": state, "Enabled": state == "Enabled"});
                    Answer::json(200, &serde_json::json!({"KeyMetadata": facts}))
                }
                None => missing("NotFoundException", "Invalid keyId"),
            }
        }
        _ => rds::answer(world, &rds::Ask { action: &call.action, region: &call.region, parameters: &call.parameters }),
    }
}

fn missing(kind: &str, message: &str) -> Answer {
    Answer::json(400, &serde_json::json!({"__type": kind, "message": message}))
}

fn github_token(world: &mut World, call: &Call) -> Answer {
    if call.get("authorization") != format!("Bearer {GITHUB_TOKEN}") || call.get("audience") != "sts.amazonaws.com" {
        return Answer::json(401, &serde_json::json!({"message": "Unauthorized"}));
    }
    let word = format!("eyJ.word-{}.GitHub", world.words.len());
    world.words.push(word.clone());
    Answer::json(200, &serde_json::json!({"value": word, "count": 1}))
}

/// Each word of identity is good once: whoever keeps one fails when credentials must be renewed.
fn assume_role(world: &mut World, call: &Call) -> Answer {
    let word = call.get("WebIdentityToken");
    let Some(known) = world.words.iter_mut().find(|known| *known == word) else {
        return Answer::error(400, "InvalidIdentityToken", "No such token, or it was used");
    };
    known.push_str(" used");
    let (key, end) = session(world);
    let credentials = xml::text("AccessKeyId", key)
        + &xml::text("SecretAccessKey", SECRET_KEY)
        + &xml::text("SessionToken", SESSION_TOKEN)
        + &xml::text("Expiration", end.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    let role = xml::text("Arn", "arn:aws:sts::123456789012:assumed-role/deploy/tidegate-17")
        + &xml::text("AssumedRoleId", "AROA:x");
    let inner = xml::tag("Credentials", credentials) + &xml::tag("AssumedRoleUser", role);
    Answer::xml(200, xml::answer("AssumeRoleWithWebIdentity", &inner))
}

/// An access key that is new, and its end.
fn session(world: &mut World) -> (String, Timestamp) {
    let key = format!("ASIAFAKE{:012}", world.sessions.len());
    let end = world.now().checked_add(world.session).unwrap();
    world.sessions.insert(key.clone(), end);
    (key, end)
}
