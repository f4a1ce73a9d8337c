//! What an error of AWS means: whether it was carried out, what is missing, and what to type next.

use std::error::Error as StdError;
use std::fmt;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// What kind of no it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// No connection was made: surely nothing was carried out.
    Unreachable,
    /// It may have been sent, and no answer came, or one that cannot be read.
    Lost,
    /// AWS had an error of its own (5xx); it may have been carried out.
    Server,
    Throttled,
    Denied,
    /// The credentials have ended.
    Expired,
    /// None were found, or AWS does not know them.
    NoCredentials,
    NoRegion,
    /// Any other no of the service; its code tells.
    Answered,
    /// The answer is not what it should be.
    Content,
}

/// A call that did not bring what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    pub kind: Kind,
    /// The IAM action: `rds:CreateDBSnapshot`.
    pub action: &'static str,
    /// The service's own code.
    pub code: Option<String>,
    pub status: Option<u16>,
    /// No secret.
    pub message: String,
    /// What to do about it, where that is known.
    pub hints: Vec<String>,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.code {
            Some(code) => write!(f, "{}: {code}: {}", self.action, self.message),
            None => write!(f, "{}: {}", self.action, self.message),
        }
    }
}

impl StdError for Error {}

impl Error {
    pub fn new(kind: Kind, action: &'static str, message: impl Into<String>) -> Self {
        Self { kind, action, code: None, status: None, message: message.into(), hints: Vec::new() }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    pub(super) fn no_region() -> Self {
        Self::new(Kind::NoRegion, "aws", "no Region is known")
            .hint("set `region` in [environments.NAME.backup], or export AWS_REGION")
    }

    pub(super) fn no_credentials(action: &'static str) -> Self {
        Self::new(Kind::NoCredentials, action, "no AWS credentials were found")
            .hint("sign in with `aws sso login` or `aws configure`, or export AWS_PROFILE")
            .hint("in CI: give the job a role (see docs/aws)")
    }

    /// The meaning of what the SDK said of a call in `region`.
    pub fn of<E>(action: &'static str, region: &str, error: SdkError<E, HttpResponse>) -> Self
    where
        E: StdError + ProvideErrorMetadata + Send + Sync + 'static,
    {
        let status = error.raw_response().map(|response| response.status().as_u16());
        match &error {
            SdkError::ServiceError(answer) => {
                let (code, message) = (answer.err().code(), answer.err().message());
                if code.is_none() && message.is_none_or(str::is_empty) {
                    return Self::of_nobody(action, answer.raw());
                }
                Self::answered(action, region, status.unwrap_or_default(), code, message.unwrap_or_default())
            }
            SdkError::ConstructionFailure(_) => Self::unsent(action, region, &error),
            SdkError::DispatchFailure(_) | SdkError::TimeoutError(_) => Self::undelivered(action, region, &error),
            _ => Self { status, ..Self::new(Kind::Lost, action, "the answer broke off or cannot be read") },
        }
    }

    /// The meaning of credentials that could not be had.
    pub(super) fn of_credentials(action: &'static str, error: &CredentialsError) -> Self {
        if let Some(known) = chain(error).find_map(|error| error.downcast_ref::<Self>()) {
            return Self { action, ..known.clone() };
        }
        let why = words(error);
        match error {
            CredentialsError::CredentialsNotLoaded(_) => Self::no_credentials(action),
            CredentialsError::ProviderTimedOut(_) => {
                Self::new(Kind::Unreachable, action, "AWS credentials could not be had in time")
            }
            _ if ["expired", "Session token not found or invalid"].iter().any(|mark| why.contains(mark)) => {
                Self::new(Kind::Expired, action, format!("the AWS session has ended: {why}")).hint("`aws sso login`")
            }
            _ => Self::new(Kind::NoCredentials, action, format!("no AWS credentials: {why}"))
                .hint("`aws sts get-caller-identity` says whether the settings work"),
        }
    }

    fn unsent(action: &'static str, region: &str, error: &(dyn StdError + 'static)) -> Self {
        match chain(error).find_map(|error| error.downcast_ref::<CredentialsError>()) {
            Some(credentials) => Self::of_credentials(action, credentials),
            None => {
                let message = format!("the request could not be made: {}", words(error));
                Self::new(Kind::Answered, action, message).hint(format!("is {region:?} a Region?"))
            }
        }
    }

    fn undelivered(action: &'static str, region: &str, error: &(dyn StdError + 'static)) -> Self {
        if chain(error).any(|error| error.is::<CredentialsError>()) {
            return Self::unsent(action, region, error);
        }
        let why = words(error);
        if never_connected(error, &why) {
            return Self::new(Kind::Unreachable, action, format!("no connection: {why}"))
                .hint(format!("is {region:?} the right Region, and does this machine reach its AWS endpoints?"));
        }
        Self::new(Kind::Lost, action, format!("no answer: {why}"))
    }

    /// An answer without a word of AWS: of a proxy, a sign-in page, another program. Its text is not repeated: where it
    /// is AWS's after all, it may hold a secret.
    fn of_nobody(action: &'static str, answer: &HttpResponse) -> Self {
        let status = answer.status().as_u16();
        let came = match answer.headers().get("content-type").map(plain).filter(|kind| !kind.is_empty()) {
            Some(kind) => format!("HTTP {status} with `{}`", kind.chars().take(60).collect::<String>()),
            None => format!("HTTP {status}"),
        };
        let message = format!("{came} without a word of AWS");
        Self { status: Some(status), ..Self::new(kind(status, None, ""), action, message) }
            .hint("is there a proxy in between, or another endpoint in AWS_ENDPOINT_URL?")
    }

    /// The meaning of a service's answer.
    pub(super) fn answered(action: &'static str, region: &str, status: u16, code: Option<&str>, message: &str) -> Self {
        let said = plain(message);
        let kind = kind(status, code, &said);
        let error = Self { status: Some(status), code: code.map(plain), ..Self::new(kind, action, said.clone()) };
        match kind {
            Kind::Denied => error.denied(),
            Kind::Expired => error.hint("get new credentials (`aws sso login`, a new job), then go on with --resume"),
            Kind::NoCredentials if said.contains("ignature") => {
                error.hint("is the secret key right, and this machine's clock?")
            }
            Kind::NoCredentials => error.hint(format!(
                "AWS does not know these credentials in {region}: is the Region switched on, and theirs?"
            )),
            Kind::Server | Kind::Answered if code.is_none() => {
                let message = format!("HTTP {status} without a word of AWS");
                Self { message, ..error }.hint("is there a proxy in between, or another endpoint in AWS_ENDPOINT_URL?")
            }
            _ => error,
        }
    }

    /// Names the policy's line that is missing. The action that AWS names may be another one than was called: tags at
    /// creation want `rds:AddTagsToResource`.
    fn denied(self) -> Self {
        let (action, resource) = denial(&self.message);
        let action = action.unwrap_or(self.action);
        let statement = serde_json::json!({
            "Effect": "Allow", "Action": action, "Resource": resource.unwrap_or("*"),
        });
        let explicit = self.message.contains("explicit deny");
        let hint = format!("add to the role's policy: {statement}");
        if explicit {
            self.hint("an explicit deny stands in the way: allowing it elsewhere does not help")
        } else {
            self.hint(hint)
        }
    }
}

/// Action and resource of `User: … is not authorized to perform: ACTION on resource: ARN because …`.
fn denial(message: &str) -> (Option<&str>, Option<&str>) {
    let after = |mark: &str| {
        let rest = message.split_once(mark)?.1.trim_start();
        let word = rest.split(|letter: char| letter.is_whitespace() || letter == ',').next()?;
        (!word.is_empty()).then(|| word.trim_matches(|letter| letter == '"' || letter == '\''))
    };
    (after("perform:"), after("on resource:"))
}

const THROTTLED: [&str; 12] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottledException",
    "RequestThrottled",
    "TooManyRequestsException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "SlowDown",
    "PriorRequestNotComplete",
    "EC2ThrottledException",
];
const DENIED: [&str; 5] =
    ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorized", "AuthorizationError"];
const EXPIRED: [&str; 3] = ["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"];
const UNKNOWN: [&str; 10] = [
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "AuthFailure",
    "InvalidAccessKeyId",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "IncompleteSignature",
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
    "RequestExpired",
];

fn kind(status: u16, code: Option<&str>, message: &str) -> Kind {
    let code = code.unwrap_or_default();
    if THROTTLED.contains(&code) || status == 429 {
        Kind::Throttled
    } else if EXPIRED.contains(&code)
        || (UNKNOWN.contains(&code) && message.contains("token included in the request is expired"))
    {
        Kind::Expired
    } else if DENIED.contains(&code) {
        Kind::Denied
    } else if UNKNOWN.contains(&code) {
        Kind::NoCredentials
    } else if status >= 500 {
        Kind::Server
    } else if status < 300 {
        Kind::Lost
    } else {
        Kind::Answered
    }
}

/// Whether the request surely stayed here. What is not recognised counts as sent.
fn never_connected(error: &(dyn StdError + 'static), words: &str) -> bool {
    let refused = |error: &(dyn StdError + 'static)| {
        error.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == std::io::ErrorKind::ConnectionRefused)
    };
    let marks = ["client error (Connect)", "HTTP connect timeout", "dns error", "failed to lookup address"];
    chain(error).any(refused) || marks.iter().any(|mark| words.contains(mark))
}

fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// An error and what caused it, each said once.
fn words(error: &(dyn StdError + 'static)) -> String {
    let mut words: Vec<String> = Vec::new();
    for part in chain(error).map(|error| plain(&error.to_string())) {
        if !part.is_empty() && !words.iter().any(|said| said.contains(&part)) {
            words.push(part);
        }
    }
    words.join(": ")
}

/// A message fit to be shown: one line, not too long. A signature that does not match makes some services repeat the
/// signed request with its session token: all of that is dropped.
fn plain(message: &str) -> String {
    let said = ["The Canonical String", "The String-to-Sign", "eyJ"].iter().filter_map(|mark| message.find(mark)).min();
    let said: String = message[..said.unwrap_or(message.len())].chars().take(600).collect();
    let said: String = said.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    said.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, code: &str, message: &str) -> Error {
        Error::answered("rds:CreateDBSnapshot", "eu-west-1", status, Some(code), message)
    }

    #[test]
    fn codes_have_their_kind() {
        for (status, code, kind) in [
            (400, "Throttling", Kind::Throttled),
            (503, "Throttling", Kind::Throttled),
            (403, "ExpiredToken", Kind::Expired),
            (400, "ExpiredTokenException", Kind::Expired),
            (403, "InvalidClientTokenId", Kind::NoCredentials),
            (403, "SignatureDoesNotMatch", Kind::NoCredentials),
            (403, "AccessDenied", Kind::Denied),
            (400, "AccessDeniedException", Kind::Denied),
            (500, "InternalFailure", Kind::Server),
            (400, "SnapshotQuotaExceeded", Kind::Answered),
            (404, "DBSnapshotNotFound", Kind::Answered),
        ] {
            assert_eq!(answered(status, code, "no").kind, kind, "{code}");
        }
    }

    #[test]
    fn a_denial_names_the_line_to_add() {
        let error = answered(
            403,
            "AccessDenied",
            "User: arn:aws:sts::1:assumed-role/ci/x is not authorized to perform: rds:AddTagsToResource on resource: \
             arn:aws:rds:eu-west-1:1:snapshot:tidegate-a because no identity-based policy allows the action",
        );
        let line = r#"{"Effect":"Allow","Action":"rds:AddTagsToResource","Resource":"arn:aws:rds:eu-west-1:1:snapshot:tidegate-a"}"#;
        assert!(error.hints[0].ends_with(line), "{:?}", error.hints);
        let bare = answered(403, "AccessDenied", "no");
        assert!(bare.hints[0].contains("\"rds:CreateDBSnapshot\""), "{:?}", bare.hints);
        let explicit = answered(403, "AccessDenied", "… with an explicit deny in a service control policy");
        assert!(explicit.hints[0].contains("explicit deny"), "{:?}", explicit.hints);
    }

    #[test]
    fn what_was_signed_is_not_repeated() {
        let message = "The request signature we calculated does not match.\n\nThe Canonical String for this request \
                       should have been\n'POST\n/\n\nx-amz-security-token:IQoJb3JpZ2luX2VjEXAMPLE'";
        let error = answered(403, "SignatureDoesNotMatch", message);
        assert_eq!(error.message, "The request signature we calculated does not match.");
    }

    #[test]
    fn what_no_service_said_is_told_apart() {
        let error = Error::answered("rds:DescribeDBInstances", "eu-west-1", 502, None, "");
        assert_eq!((error.kind, error.message.as_str()), (Kind::Server, "HTTP 502 without a word of AWS"));
    }
}
