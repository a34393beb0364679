//! HTTP: how requests leave and how answers are read, whatever they say.

use keyfob_domain::failure::Fault;
use keyfob_domain::provider::{Provider, is_allowed_endpoint};
use keyfob_domain::secret::AccessToken;
use keyfob_domain::time::Timestamp;
use keyfob_domain::token::HttpAnswer;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::{Client, ClientBuilder, Method, Request, Response};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use url::Url;
use zeroize::Zeroizing;

/// The longest answer of an API that is read, in bytes after decompression: a page of a hundred
/// wordy entries fits. Token answers have a limit of their own (SECURITY 47).
pub(crate) const LONGEST_API_BODY: usize = 4 * 1024 * 1024;
/// No provider is left alone for longer, whatever it asks for (SECURITY 60).
pub(crate) const LONGEST_REST: Duration = Duration::from_secs(24 * 3600);
/// A date further ahead is no request to wait but a mistake.
const FURTHEST_DATE: Duration = Duration::from_secs(366 * 24 * 3600);
/// What providers write that limit rates and send no `Retry-After`; no standard has it.
const RATE_LIMIT_RESET: &str = "x-ratelimit-reset";
/// From here on a number is a time and no longer a wait: 2001-09-09, and 31 years.
const FIRST_EPOCH_SECOND: u64 = 1_000_000_000;

/// How long a request may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Until the connection stands, TLS included.
    pub connect: Duration,
    /// Until the answer is read.
    pub total: Duration,
}

impl Default for Limits {
    /// SECURITY 47.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            total: Duration::from_secs(30),
        }
    }
}

/// Two HTTP clients: loopback never goes through a proxy, everything else may.
#[derive(Clone, Debug)]
pub struct Network {
    world: Client,
    loopback: Client,
    limits: Limits,
    /// Clients for providers with certificates of their own, by those certificates.
    trusting: Arc<Mutex<HashMap<String, Client>>>,
}

/// An answer with its body, read whole within the limits (SECURITY 47). Hazard: a token endpoint's
/// body holds tokens, so there is no `Debug`.
pub struct ReadAnswer {
    status: u16,
    media_type: Option<String>,
    retry_after: Option<Duration>,
    location: Option<String>,
    body: Zeroizing<Vec<u8>>,
}

impl ReadAnswer {
    /// Gives the HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Gives the body, decompressed.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Gives where a redirect leads, as it came: to be shown, never to be followed.
    pub(crate) fn location(&self) -> Option<&str> {
        self.location.as_deref()
    }

    pub(crate) fn as_http(&self) -> HttpAnswer<'_> {
        HttpAnswer {
            status: self.status,
            media_type: self.media_type.clone(),
            retry_after: self.retry_after,
            body: &self.body,
        }
    }
}

impl Network {
    /// Builds the clients: TLS with the platform's own roots, no redirects, proxies as the
    /// environment says.
    ///
    /// # Errors
    /// The library's text when TLS can't be set up.
    pub fn new() -> Result<Self, String> {
        Self::with_limits(Limits::default())
    }

    /// As [`Network::new`], with other limits.
    ///
    /// # Errors
    /// As [`Network::new`].
    pub fn with_limits(limits: Limits) -> Result<Self, String> {
        let world = builder(limits).build().map_err(|error| error.to_string())?;
        let loopback = builder(limits)
            .no_proxy()
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self {
            world,
            loopback,
            limits,
            trusting: Arc::default(),
        })
    }

    /// Gives a network that trusts these certificates (PEM) besides the system's own. Who else is
    /// trusted by the rest of Keyfob does not change.
    ///
    /// # Errors
    /// [`Fault::NoAnswer`] when they can't be read: nothing is sent then.
    pub fn trusting(&self, extra_ca: Option<&str>) -> Result<Self, Fault> {
        let Some(pem) = extra_ca else {
            return Ok(self.clone());
        };
        let mut known = self.trusting.lock().unwrap_or_else(PoisonError::into_inner);
        let world = match known.get(pem) {
            Some(client) => client.clone(),
            None => {
                let client =
                    trusting_client(self.limits, pem).map_err(|error| Fault::NoAnswer {
                        detail: format!("the provider's extra certificates can't be used: {error}"),
                        unsent: true,
                    })?;
                known.insert(pem.to_owned(), client.clone());
                client
            }
        };
        drop(known);
        Ok(Self {
            world,
            ..self.clone()
        })
    }

    /// Gives a network that takes a host for these addresses and asks nobody else for them: what was
    /// looked at is what is connected to. A proxy still looks for itself.
    pub(crate) fn pinned(&self, host: &str, addresses: &[SocketAddr]) -> Result<Self, String> {
        let world = builder(self.limits)
            .resolve_to_addrs(host, addresses)
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self {
            world,
            ..self.clone()
        })
    }

    pub(crate) fn client_for(&self, url: &Url) -> &Client {
        if url.scheme() == "http" {
            &self.loopback
        } else {
            &self.world
        }
    }

    /// Reads an address of a provider's API with the access token: one GET whose answer is taken
    /// whatever its status is, up to `longest` bytes of it. Follows no redirect, retries nothing.
    ///
    /// # Errors
    /// As a [`Fault`], without one byte sent when the address isn't one of the provider's hosts.
    pub async fn get_with_token(
        &self,
        provider: &Provider,
        token: &AccessToken,
        url: Url,
        now: Timestamp,
        longest: usize,
    ) -> Result<ReadAnswer, Fault> {
        let request = Request::new(Method::GET, url);
        self.send_with_token(provider, token, request, now, longest)
            .await
    }

    /// As [`Network::send`], with the access token in its header, to the hosts of this provider only
    /// (SECURITY 49). Every request that carries an access token goes through here.
    pub(crate) async fn send_with_token(
        &self,
        provider: &Provider,
        token: &AccessToken,
        mut request: Request,
        now: Timestamp,
        longest: usize,
    ) -> Result<ReadAnswer, Fault> {
        if !provider.may_send_token_to(request.url()) {
            return Err(Fault::Malformed {
                why: "the API address isn't one of the provider's hosts",
            });
        }
        let bearer = HeaderValue::from_str(&format!("Bearer {}", token.expose()));
        let mut bearer = bearer.map_err(|_| Fault::Malformed {
            why: "the access token fits in no header",
        })?;
        bearer.set_sensitive(true);
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, bearer);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let network = self.trusting(provider.extra_ca.as_deref())?;
        network.send(request, now, longest).await
    }

    /// Sends a request and reads the whole answer, up to `longest` bytes of it.
    pub(crate) async fn send(
        &self,
        request: Request,
        now: Timestamp,
        longest: usize,
    ) -> Result<ReadAnswer, Fault> {
        if !is_allowed_endpoint(request.url()) {
            return Err(Fault::NoAnswer {
                detail: "the address is neither https nor loopback".to_owned(),
                unsent: true,
            });
        }
        let response = self
            .client_for(request.url())
            .execute(request)
            .await
            .map_err(no_answer)?;
        read(response, now, longest).await
    }
}

fn trusting_client(limits: Limits, pem: &str) -> Result<Client, reqwest::Error> {
    let certificates = reqwest::Certificate::from_pem_bundle(pem.as_bytes())?;
    builder(limits).tls_certs_merge(certificates).build()
}

fn builder(limits: Limits) -> ClientBuilder {
    Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(limits.connect)
        .timeout(limits.total)
        .referer(false)
        .user_agent(concat!("Keyfob/", env!("CARGO_PKG_VERSION")))
}

async fn read(mut response: Response, now: Timestamp, longest: usize) -> Result<ReadAnswer, Fault> {
    let header = |name: &str| {
        response
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let media_type = header(CONTENT_TYPE.as_str()).map(|text| {
        text.split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase()
    });
    let status = response.status().as_u16();
    let retry_after = rest_asked_for(
        status,
        header(RETRY_AFTER.as_str()),
        header(RATE_LIMIT_RESET),
        now,
    );
    let location = header(LOCATION.as_str()).map(str::to_owned);
    let mut body = Zeroizing::new(Vec::with_capacity(8 * 1024));
    while let Some(chunk) = response.chunk().await.map_err(no_answer)? {
        if body.len() + chunk.len() > longest {
            return Err(Fault::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(ReadAnswer {
        status,
        media_type,
        retry_after,
        location,
        body,
    })
}

/// Says how long an answer asks to be left alone, from its status, its `Retry-After` and its
/// `X-RateLimit-Reset`; what can't be read asks for nothing (SECURITY 60).
#[must_use]
pub fn rest_asked_for(
    status: u16,
    after: Option<&str>,
    reset: Option<&str>,
    now: Timestamp,
) -> Option<Duration> {
    after
        .and_then(|text| retry_after(text, now))
        // Many send the reset with every answer; it asks for a rest only where the limit is reached.
        .or_else(|| until_reset(reset.filter(|_| status == 429)?, now))
}

/// Seconds or an HTTP date; anything else is nothing, and so is a date that nobody can mean
/// (SECURITY 60).
fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    let millis = date.duration_since(std::time::UNIX_EPOCH).ok()?.as_millis();
    let wait = Timestamp::from_millis(i64::try_from(millis).ok()?).since(now);
    (wait <= FURTHEST_DATE).then_some(wait)
}

/// A time in seconds since 1970, or seconds from now; anything else is nothing. What is past is
/// no wait, and no wait is longer than [`LONGEST_REST`].
fn until_reset(text: &str, now: Timestamp) -> Option<Duration> {
    let seconds: u64 = text.trim().parse().ok()?;
    let wait = if seconds >= FIRST_EPOCH_SECOND {
        let millis = i64::try_from(seconds.saturating_mul(1_000)).unwrap_or(i64::MAX);
        Timestamp::from_millis(millis).since(now)
    } else {
        Duration::from_secs(seconds)
    };
    Some(wait.min(LONGEST_REST))
}

/// The innermost reason; never the address, whose query may carry what nobody should see.
fn no_answer(error: reqwest::Error) -> Fault {
    // A body that stops coming is cut off inside the decoder, and is no malformed answer.
    if error.is_decode() && !error.is_timeout() {
        return Fault::Malformed {
            why: "the body can't be decompressed or read",
        };
    }
    let unsent = error.is_connect();
    let timed_out = error.is_timeout();
    let error = error.without_url();
    let mut innermost: &dyn std::error::Error = &error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    let detail = if timed_out {
        "no answer in time".to_owned()
    } else {
        innermost.to_string()
    };
    Fault::NoAnswer { detail, unsent }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_60_retry_after_is_read_as_seconds_or_as_a_date() {
        let now = Timestamp::from_millis(1_780_000_000_000);
        let cases = [
            ("120", Some(120)),
            (" 5 ", Some(5)),
            (
                "Thu, 28 May 2026 20:27:40 GMT",
                Some(1_780_000_060 - 1_780_000_000),
            ),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Fri, 28 May 2027 20:26:40 GMT", Some(365 * 24 * 3600)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", None),
            ("-5", None),
            ("soon", None),
            ("", None),
        ];
        for (text, seconds) in cases {
            assert_eq!(
                retry_after(text, now),
                seconds.map(Duration::from_secs),
                "{text}"
            );
        }
    }

    #[test]
    fn security_60_a_reset_is_read_as_a_time_or_as_seconds() {
        let now = Timestamp::from_millis(1_780_000_000_000);
        let day = 24 * 3600;
        let cases = [
            ("a time", "1780000090", Some(90)),
            ("blanks", " 1780000090 ", Some(90)),
            ("past", "1779999999", Some(0)),
            ("2001", "1000000000", Some(0)),
            ("seconds", "30", Some(30)),
            ("nought", "0", Some(0)),
            ("too many seconds", "999999999", Some(day)),
            ("next year", "1811536000", Some(day)),
            ("milliseconds", "1780000090000", Some(day)),
            ("the largest", "18446744073709551615", Some(day)),
            ("too large", "18446744073709551616", None),
            ("negative", "-5", None),
            ("a fraction", "1.5", None),
            ("words", "soon", None),
            ("nothing", "", None),
        ];
        for (row, text, seconds) in cases {
            assert_eq!(
                until_reset(text, now),
                seconds.map(Duration::from_secs),
                "{row}"
            );
        }
    }
}
