//! SECURITY 57, 61, 62, 72 and 108 over random lives in a world where everything fails: sign-ins,
//! renewals, faults of the provider, the keychain and the database, sleep, set clocks, a network
//! that comes and goes, endings and crashes, in any order.
//!
//! `cargo xtask model --cases …` runs as many lives as it is told; the ordinary tests run ten
//! thousand. Hazard: an invariant that can't fail.
//! Lives that once broke one are kept below.

use super::{HOUR, MIO};
use crate::ports::{NetworkState, SecretName};
use crate::testing::{Wire, World, Write, fault, refused, sandbox_provider};
use crate::{Ending, Origin};
use keyfob_domain::authorization::Step;
use keyfob_domain::connection::Condition;
use keyfob_domain::error::ErrorCode;
use keyfob_domain::failure::Fault;
use keyfob_domain::id::{AttemptId, ConnectionId};
use keyfob_domain::provider::Provider;
use proptest::prelude::*;
use proptest::test_runner::{TestError, TestRunner};
use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

const CASES: u32 = 10_000;
/// A few tasks at most are ready at once.
const TURNS: u32 = 5;
/// So many accounts may there be.
const MOST_CONNECTIONS: usize = 3;

#[derive(Clone, Debug)]
enum Happening {
    Connect,
    Reconnect(usize),
    Answer(Callback),
    Renew(usize),
    Crowd(usize),
    Rejected(usize),
    NextAnswer(u8),
    NextRevocation(u8),
    GrantsEnd,
    Sleep(u64),
    ClockJumps(i64),
    NextWrite(u8),
    Keychain(Option<u8>),
    LookAtKeychain,
    DatabaseFails(bool),
    Network(bool),
    Gate(u8, bool),
    Revoke(usize, Ending),
    Rename(usize),
    Restart,
}

#[derive(Clone, Copy, Debug)]
enum Callback {
    Good,
    Denied,
    Forged,
    Again,
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    let which = 0..MOST_CONNECTIONS;
    let callback = prop_oneof![
        4 => Just(Callback::Good),
        1 => Just(Callback::Denied),
        1 => Just(Callback::Forged),
        2 => Just(Callback::Again),
    ];
    let ending = prop_oneof![
        Just(Ending::Now),
        Just(Ending::Later),
        Just(Ending::HereOnly)
    ];
    let one = prop_oneof![
        1 => Just(Happening::Connect),
        1 => which.clone().prop_map(Happening::Reconnect),
        3 => callback.prop_map(Happening::Answer),
        4 => which.clone().prop_map(Happening::Renew),
        2 => which.clone().prop_map(Happening::Crowd),
        1 => which.clone().prop_map(Happening::Rejected),
        5 => (0u8..10).prop_map(Happening::NextAnswer),
        1 => (0u8..3).prop_map(Happening::NextRevocation),
        1 => Just(Happening::GrantsEnd),
        4 => (1u64..7_200).prop_map(Happening::Sleep),
        1 => (7_200u64..2_000_000).prop_map(Happening::Sleep),
        1 => (-1_000_000i64..1_000_000).prop_map(Happening::ClockJumps),
        3 => (0u8..3).prop_map(Happening::NextWrite),
        3 => proptest::option::of(0u8..4).prop_map(Happening::Keychain),
        1 => Just(Happening::LookAtKeychain),
        1 => any::<bool>().prop_map(Happening::DatabaseFails),
        1 => any::<bool>().prop_map(Happening::Network),
        2 => (0u8..3, any::<bool>()).prop_map(|(gate, open)| Happening::Gate(gate, open)),
        1 => (which.clone(), ending).prop_map(|(which, ending)| Happening::Revoke(which, ending)),
        1 => which.prop_map(Happening::Rename),
        2 => Just(Happening::Restart),
    ];
    proptest::collection::vec(one, 1..20)
}

fn wire(number: u8) -> Wire {
    match number {
        0 => Wire::Fault(fault(false)),
        1 => Wire::Fault(fault(true)),
        2 => Wire::Fault(refused(503, "")),
        3 => Wire::Fault(refused(401, "invalid_client")),
        4 => Wire::Fault(refused(400, "")),
        5 => Wire::Fault(Fault::Redirected),
        6 => Wire::Fault(Fault::Malformed { why: "html" }),
        7 => Wire::Fault(refused(400, "invalid_grant")),
        8 => Wire::WithoutRefreshToken,
        _ => Wire::Lost,
    }
}

fn write(number: u8) -> Write {
    match number {
        0 => Write::Refused(ErrorCode::KeychainFailed),
        1 => Write::TimedOutWritten,
        _ => Write::TimedOutLost,
    }
}

fn keychain(number: u8) -> ErrorCode {
    match number {
        0 => ErrorCode::KeychainLocked,
        1 => ErrorCode::KeychainMissing,
        2 => ErrorCode::KeychainFailed,
        _ => ErrorCode::KeychainTimedOut,
    }
}

/// What an earlier look has seen of a connection.
#[derive(Clone)]
struct Seen {
    generation: u64,
    token: String,
    /// Whether it had a row.
    has_row: bool,
    /// How many requests had been made by then.
    posts: usize,
}

struct Life {
    world: World,
    /// The attempts that may still be answered, with their `state`.
    attempts: Vec<(AttemptId, String, Option<ConnectionId>)>,
    last_callback: Option<String>,
    codes: u32,
    known: Vec<ConnectionId>,
    seen: BTreeMap<ConnectionId, Seen>,
    sign_ins: BTreeMap<ConnectionId, u32>,
    /// Those that the user has ended or begun to end: what is lost of them is the user's will.
    ending: HashSet<ConnectionId>,
    /// Whether the database has failed: what it was to remember may be forgotten.
    forgetful: bool,
    /// Whether the provider answers.
    answers: bool,
}

impl Life {
    /// A world with one account, at a provider that needs a network and can be told of an ending.
    async fn begin() -> Self {
        let url = |path: &str| url::Url::parse(&format!("https://mio.example/{path}")).unwrap();
        let provider = Provider {
            token_endpoint: url("token"),
            revocation_endpoint: Some(url("revoke")),
            ..sandbox_provider()
        };
        let mut world = World::with_turns(vec![provider], TURNS).await;
        let id = world.connect().await;
        Self {
            world,
            attempts: Vec::new(),
            last_callback: None,
            codes: 0,
            known: vec![id],
            seen: BTreeMap::new(),
            sign_ins: BTreeMap::new(),
            ending: HashSet::new(),
            forgetful: false,
            answers: true,
        }
    }

    fn id(&self, which: usize) -> ConnectionId {
        self.known[which % self.known.len()]
    }

    /// Lets something be asked of the engine; the answer may be a long time coming.
    fn ask<T: Send + 'static>(&self, question: impl Future<Output = T> + Send + 'static) {
        drop(tokio::spawn(question));
    }

    async fn happen(&mut self, happening: &Happening) -> Result<(), TestCaseError> {
        let engine = self.world.engine.clone();
        match happening.clone() {
            Happening::Connect if self.known.len() < MOST_CONNECTIONS => self.open(None).await,
            Happening::Connect => {}
            Happening::Reconnect(which) => self.open(Some(self.id(which))).await,
            Happening::Answer(callback) => self.answer(callback).await?,
            Happening::Renew(which) => {
                let id = self.id(which);
                self.ask(async move { engine.renew(id).await });
            }
            Happening::Crowd(which) => self.crowd(self.id(which)).await?,
            Happening::Rejected(which) => {
                let id = self.id(which);
                let generation = self.seen.get(&id).map(|seen| seen.generation);
                self.ask(async move { engine.access_token(id, generation).await.is_ok() });
            }
            Happening::NextAnswer(number) => self.world.provider.next(wire(number)),
            Happening::NextRevocation(number) => {
                let faults = [fault(true), refused(503, ""), refused(404, "")];
                let [unsent, away, gone] = faults;
                let fault = [unsent, away, gone].into_iter().nth(usize::from(number));
                self.world.provider.next_revocation(fault.unwrap());
            }
            Happening::GrantsEnd => self.world.provider.end_grant(),
            Happening::Sleep(seconds) => self.world.clock.advance(Duration::from_secs(seconds)),
            Happening::ClockJumps(seconds) if seconds < 0 => {
                let back = Duration::from_secs(seconds.unsigned_abs());
                self.world.clock.jump_back(back);
            }
            Happening::ClockJumps(seconds) => {
                self.world
                    .clock
                    .jump(Duration::from_secs(seconds.unsigned_abs()));
            }
            Happening::NextWrite(number) => self.world.keychain.next_write(write(number)),
            Happening::Keychain(code) => self.world.keychain.changes_to(code.map(keychain)),
            Happening::LookAtKeychain => self.ask(async move { engine.retry_keychain().await }),
            Happening::DatabaseFails(fails) => {
                self.forgetful |= fails;
                self.world.rows.fails(fails);
            }
            Happening::Network(online) => self.world.network.is(match online {
                true => NetworkState::Online,
                false => NetworkState::Offline,
            }),
            Happening::Gate(number, open) => {
                if number == 0 {
                    self.answers = open;
                }
                let gate = match number {
                    0 => &self.world.provider.gate,
                    1 => &self.world.provider.revocation_gate,
                    _ => &self.world.keychain.write_gate,
                };
                if open {
                    gate.let_through()
                } else {
                    gate.shut()
                }
            }
            Happening::Revoke(which, ending) => {
                let id = self.id(which);
                self.ending.insert(id);
                self.ask(async move { engine.revoke(id, ending).await });
            }
            Happening::Rename(which) => {
                let id = self.id(which);
                self.ask(async move { engine.rename(id, Some("n".to_owned())).await });
            }
            Happening::Restart => {
                // A database that can't be read keeps the program from starting at all.
                self.world.rows.fails(false);
                self.attempts.clear();
                self.world.crash_and_restart().await;
            }
        }
        self.world.settle().await;
        Ok(())
    }

    async fn open(&mut self, connection: Option<ConnectionId>) {
        let slug = crate::testing::slug(MIO);
        // A keychain that can't be read, or a connection that is gone, allows no sign-in.
        let Ok(attempt) = self.world.engine.connect(slug, connection).await else {
            return;
        };
        let Ok(url) = self.world.engine.authorization_request(attempt).await else {
            return;
        };
        let state = url.query_pairs().find(|(name, _)| name == "state");
        let state = state.expect("a request has a state").1.into_owned();
        self.attempts.push((attempt, state, connection));
    }

    async fn answer(&mut self, callback: Callback) -> Result<(), TestCaseError> {
        let query = match callback {
            Callback::Again => {
                let Some(query) = self.last_callback.clone() else {
                    return Ok(());
                };
                let taken = self.deliver(query).await;
                prop_assert!(!taken, "21: a callback was taken twice");
                return Ok(());
            }
            Callback::Forged => {
                let before = self.world.posts().len();
                let taken = self.deliver("code=evil&state=forged".to_owned()).await;
                self.world.settle().await;
                prop_assert!(!taken, "20: a forged callback was taken");
                prop_assert_eq!(self.world.posts().len(), before, "20: and asked for");
                return Ok(());
            }
            Callback::Good => {
                self.codes += 1;
                let Some((_, state, connection)) = self.attempts.pop() else {
                    return Ok(());
                };
                if let Some(id) = connection {
                    *self.sign_ins.entry(id).or_default() += 1;
                }
                format!("code=life-{}&state={state}", self.codes)
            }
            Callback::Denied => {
                let Some((_, state, _)) = self.attempts.pop() else {
                    return Ok(());
                };
                format!("error=access_denied&state={state}")
            }
        };
        // It may have expired, or its connection may be gone.
        self.deliver(query.clone()).await;
        self.last_callback = Some(query);
        Ok(())
    }

    async fn deliver(&self, query: String) -> bool {
        let raw = format!("dev.keyfob.desktop:/callback/{MIO}?{query}").into_bytes();
        self.world
            .engine
            .handle_redirect(raw, Origin::Running)
            .await
    }

    /// SECURITY 57: whoever wants a token at the same time joins one request.
    async fn crowd(&mut self, id: ConnectionId) -> Result<(), TestCaseError> {
        let before = self.world.posts().len();
        self.world.provider.gate.shut();
        for number in 0..8 {
            let engine = self.world.engine.clone();
            self.ask(async move {
                match number % 2 {
                    0 => engine.access_token(id, None).await.is_ok(),
                    _ => engine.renew(id).await.is_ok(),
                }
            });
        }
        self.world.settle().await;
        let posts = self.world.posts()[before..].to_vec();
        prop_assert!(
            posts.len() <= 1,
            "57: a crowd asked more than once: {posts:?}"
        );
        if self.answers {
            self.world.provider.gate.let_through();
        }
        Ok(())
    }

    /// Looks whether everything is as it has to be.
    async fn look(&mut self) -> Result<(), TestCaseError> {
        let at_once = self.world.provider.most_at_once();
        prop_assert!(at_once <= 1, "57: {at_once} renewals of one grant at once");
        for (attempt, ..) in self.attempts.clone() {
            self.meet(attempt);
        }
        self.find_connections();
        let posts = self.world.posts();
        for id in self.known.clone() {
            if self.is_over(id) {
                self.look_at_what_is_left(id)?;
            } else if self.ending.contains(&id) {
                self.look_at_ending(id).await?;
            } else {
                self.look_at(id, &posts)?;
            }
        }
        Ok(())
    }

    /// It was ended, or it never was: what a crash cut off before its row is no connection.
    fn is_over(&self, id: ConnectionId) -> bool {
        self.world.is_gone(id) || self.world.published(id).is_none()
    }

    fn meet(&self, attempt: AttemptId) {
        let step = self.world.step(attempt);
        assert!(
            !matches!(step, Step::Asking(_)),
            "nothing here asks: {step:?}"
        );
    }

    fn find_connections(&mut self) {
        for update in &self.world.seen {
            if let crate::Update::Connection(overview) = update
                && !self.known.contains(&overview.connection.id)
            {
                self.known.push(overview.connection.id);
            }
        }
    }

    fn look_at(&mut self, id: ConnectionId, posts: &[String]) -> Result<(), TestCaseError> {
        let log = || self.world.log.lines();
        let stored = self.world.keychain.stored(id);
        let Some((generation, token)) = stored else {
            // The keychain may not have taken the first one yet.
            let kept = self.seen.contains_key(&id);
            prop_assert!(!kept, "62: its item was deleted; {:#?}", log());
            return Ok(());
        };
        if token.is_empty() {
            // A grant that came without one has nothing to lose but the access token.
            let had_one = self.seen.contains_key(&id) && !self.sign_ins.contains_key(&id);
            prop_assert!(!had_one, "62: its refresh token was dropped; {:#?}", log());
            return Ok(());
        }
        let Some((grant, chain)) = self.world.provider.chain_of(&token) else {
            return Err(TestCaseError::fail(format!(
                "62: {token} was never received"
            )));
        };
        let newest_two = &chain[chain.len().saturating_sub(2)..];
        prop_assert!(
            newest_two.contains(&token),
            "62: {token} is stored, received were {chain:?}; {:#?}",
            log()
        );
        let sign_ins = self.sign_ins.get(&id).copied().unwrap_or_default();
        if let Some(seen) = self.seen.get(&id) {
            prop_assert!(generation >= seen.generation, "108: a generation went back");
            let (before, older) = self.world.provider.chain_of(&seen.token).unwrap();
            prop_assert!(
                before == grant || sign_ins > 0,
                "62: {token} of another grant overwrote {}; {:#?}",
                seen.token,
                log()
            );
            let place = |token: &str| older.iter().position(|known| known == token);
            for post in &posts[seen.posts.min(posts.len())..] {
                let posted = post.strip_prefix("POST ").and_then(place);
                prop_assert!(
                    posted.is_none_or(|posted| Some(posted) >= place(&seen.token)),
                    "108: {post} after {} was stored; {:#?}",
                    seen.token,
                    log()
                );
            }
        }
        let row = self.world.rows.row(id);
        let had_row = self.seen.get(&id).is_some_and(|seen| seen.has_row);
        prop_assert!(
            row.is_some() || !had_row,
            "108: its row is gone; {:#?}",
            log()
        );
        let promised = row.as_ref().map_or(0, |row| row.connection.life.generation);
        prop_assert!(
            promised <= generation,
            "108: the row promises generation {promised}, the keychain has {generation}; {:#?}",
            log()
        );
        let refusals = self.world.provider.refusals_of(&token);
        prop_assert!(
            refusals <= 1 || self.forgetful,
            "61: {token} was refused and sent again; {:#?}",
            log()
        );
        let condition = self.world.condition(id);
        prop_assert!(
            refusals == 0 || self.forgetful || !matches!(condition, Condition::Active),
            "61: {token} was refused, and all is said to be well; {:#?}",
            log()
        );
        let seen = Seen {
            generation,
            token,
            has_row: row.is_some(),
            posts: posts.len(),
        };
        self.seen.insert(id, seen);
        Ok(())
    }

    /// SECURITY 72: from the first instant of an ending nothing is handed out.
    async fn look_at_ending(&mut self, id: ConnectionId) -> Result<(), TestCaseError> {
        if *self.world.condition(id) != Condition::Revoking {
            return Ok(());
        }
        let before = self.world.posts().len();
        let engine = self.world.engine.clone();
        let asked = tokio::spawn(async move { engine.access_token(id, None).await.is_ok() });
        self.world.settle().await;
        let refused = asked.is_finished() && !asked.await.unwrap();
        prop_assert!(
            refused || *self.world.condition(id) != Condition::Revoking,
            "72: a token of a connection that is being ended; {:#?}",
            self.world.log.lines()
        );
        let posts = self.world.posts();
        let its = |post: &&String| {
            let chain = post
                .strip_prefix("POST ")
                .and_then(|token| self.world.provider.chain_of(token));
            let stored = self.world.keychain.stored(id);
            let stored = stored.and_then(|(_, token)| self.world.provider.chain_of(&token));
            chain.is_some() && chain == stored
        };
        let renewed = posts[before..].iter().find(its);
        prop_assert!(renewed.is_none(), "72: it was renewed: {renewed:?}");
        Ok(())
    }

    /// SECURITY 72: nothing is left of a connection that was ended, but what waits to be revoked.
    fn look_at_what_is_left(&self, id: ConnectionId) -> Result<(), TestCaseError> {
        let log = || self.world.log.lines();
        // Without a row it is no connection yet: a crash may cut it off.
        let kept = self.seen.get(&id).is_some_and(|seen| seen.has_row);
        prop_assert!(
            self.ending.contains(&id) || !kept,
            "62: nobody ended it; {:#?}",
            log()
        );
        if !kept && !self.world.is_gone(id) {
            return Ok(());
        }
        let pending = SecretName::of_pending(id);
        let names = self.world.keychain.names();
        let left = names
            .iter()
            .find(|name| name.starts_with(&id.to_string()) && **name != pending.as_str());
        prop_assert!(left.is_none(), "72: {left:?} is left; {:#?}", log());
        prop_assert!(
            self.world.rows.row(id).is_none(),
            "72: its row is left; {:#?}",
            log()
        );
        Ok(())
    }

    /// Without faults everything comes back to life, or says that the user is needed.
    async fn recover(&mut self) -> Result<(), TestCaseError> {
        let world = &mut self.world;
        world.rows.fails(false);
        world.provider.calm();
        for gate in [
            &world.provider.gate,
            &world.provider.revocation_gate,
            &world.keychain.write_gate,
        ] {
            gate.let_through();
        }
        world.network.is(NetworkState::Online);
        world.keychain.calm();
        world.keychain.changes_to(None);
        for _ in 0..4 {
            world.pass(HOUR).await;
        }
        self.look().await?;
        for id in self.known.clone() {
            if self.is_over(id) || self.ending.contains(&id) {
                continue;
            }
            let trouble = self.world.trouble(id);
            let never_kept = trouble == "secret_missing" && !self.seen.contains_key(&id);
            prop_assert!(
                never_kept || ["-", "grant_ended", "renewal_interrupted"].contains(&trouble),
                "it ended as {trouble}: {:?}; {:#?}",
                self.world.condition(id),
                self.world.log.lines()
            );
            if trouble == "-" {
                let held = self.world.engine.access_token(id, None).await;
                prop_assert!(
                    held.is_ok(),
                    "it is well and gives no token: {held:?}; {:#?}",
                    self.world.log.lines()
                );
            }
        }
        Ok(())
    }
}

async fn live(happenings: &[Happening]) -> Result<(), TestCaseError> {
    let mut life = Life::begin().await;
    life.look().await?;
    for (step, happening) in happenings.iter().enumerate() {
        life.happen(happening).await?;
        let looked = life.look().await;
        looked.map_err(|why| TestCaseError::fail(format!("step {step}: {why}")))?;
    }
    life.recover().await
}

/// Runs so many lives and gives what broke an invariant, shrunk.
fn run(cases: u32) -> Result<(), String> {
    let config = ProptestConfig {
        cases,
        failure_persistence: None,
        max_shrink_iters: 4_000,
        ..ProptestConfig::default()
    };
    let lived = TestRunner::new(config).run(&happenings(), |happenings| {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.enable_time().build().unwrap();
        runtime.block_on(live(&happenings))
    });
    lived.map_err(|error| match error {
        TestError::Fail(reason, happenings) => format!("{happenings:#?}\n{reason}"),
        TestError::Abort(reason) => format!("given up: {reason}"),
    })
}

/// Lives that broke something once.
#[tokio::test]
async fn lives_that_were_broken_once_are_sound() {
    use Happening::{
        ClockJumps, Connect, Crowd, DatabaseFails, GrantsEnd, Keychain, NextAnswer, NextWrite,
        Renew, Restart, Sleep,
    };
    let lives = [
        (
            "61: a save that came late revived an ended grant",
            vec![
                Sleep(1),
                Connect,
                Sleep(7_200),
                NextWrite(0),
                Renew(0),
                NextWrite(0),
                NextAnswer(9),
                Sleep(3_001),
                Crowd(1),
            ],
        ),
        (
            "63: a token from the future was called well once the keychain was back",
            vec![
                DatabaseFails(true),
                ClockJumps(-15_919),
                NextAnswer(1),
                Restart,
                Keychain(Some(0)),
                GrantsEnd,
                Sleep(4),
            ],
        ),
        (
            "63: what was due without a network waited for the time that a clock set back made of it",
            vec![
                NextWrite(0),
                Renew(0),
                Happening::Network(false),
                Sleep(915_746),
                Happening::Rename(0),
                ClockJumps(-14_401),
                Restart,
            ],
        ),
        (
            "61: a renewal of the earlier life sent the token of a sign-in, and was not heard",
            vec![
                Happening::Reconnect(0),
                Happening::Gate(2, false),
                Renew(0),
                Happening::Answer(Callback::Good),
                GrantsEnd,
            ],
        ),
    ];
    for (row, happenings) in lives {
        let lived = live(&happenings).await;
        assert!(lived.is_ok(), "{row}: {lived:?}");
    }
}

#[test]
fn security_57_61_62_72_and_108_hold_over_random_lives() {
    let told = std::env::var("KEYFOB_MODEL_CASES").ok();
    let cases = told.map_or(CASES, |cases| cases.parse().expect("a number of cases"));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = cases.div_ceil(u32::try_from(threads).unwrap());
    let begun = tokio::time::Instant::now();
    let broken: Vec<String> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..threads)
            .map(|_| scope.spawn(move || run(share)))
            .collect();
        let ended = runs
            .into_iter()
            .map(|run| run.join().expect("a life panicked"));
        ended.filter_map(Result::err).collect()
    });
    assert!(broken.is_empty(), "{}", broken.join("\n\n"));
    let seconds = begun.elapsed().as_secs_f64();
    println!("{cases} lives in {seconds:.1} s");
    let command = "cargo xtask model --cases 1000000";
    keyfob_test_support::figures::record("model-cases", cases.into(), "lives", command).unwrap();
}
