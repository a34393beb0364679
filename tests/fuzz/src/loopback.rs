//! The bytes of one peer of the loopback server (SECURITY 17).

use crate::callback::is_well_formed;
use keyfob_domain::authorization::parse;
use keyfob_domain::id::ProviderSlug;
use keyfob_engine::loopback::{Site, serve_peer};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::runtime::{Builder, Runtime};

const BASE: &str = "http://127.0.0.1:4711/callback/mio";
const PAGES: [&str; 2] = [
    include_str!("../../../src-tauri/crates/engine/src/loopback/received.html"),
    include_str!("../../../src-tauri/crates/engine/src/loopback/not_expected.html"),
];

thread_local! {
    static RUNTIME: Option<Runtime> = Builder::new_current_thread().enable_time().build().ok();
}

pub(crate) fn check(data: &[u8]) {
    RUNTIME.with(|runtime| {
        if let Some(runtime) = runtime {
            runtime.block_on(one_peer(data));
        }
    });
}

async fn one_peer(data: &[u8]) {
    let Some(slug) = ProviderSlug::parse("mio") else {
        return;
    };
    let taken: Arc<Mutex<Vec<bool>>> = Arc::default();
    let seen = taken.clone();
    let site = Site::new(&slug, 4711, move |raw: Vec<u8>| {
        let read = parse(&raw);
        if let Ok(redirect) = &read {
            is_well_formed(&raw, redirect);
            assert_eq!(redirect.base, BASE, "28: another redirect URI");
        }
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.push(read.is_ok());
        std::future::ready(read.is_ok())
    });
    // Room for all of it: nobody waits for the other side.
    let (mut peer, served) = duplex(1 << 20);
    let fits = data.len() < 1 << 20 && peer.write_all(data).await.is_ok();
    if !fits || peer.shutdown().await.is_err() {
        return;
    }
    serve_peer(served, Arc::new(site)).await;
    let mut answer = Vec::new();
    // A server that is gone has said all it had to say.
    let _ = peer.read_to_end(&mut answer).await;
    is_an_answer(
        &String::from_utf8_lossy(&answer),
        &taken.lock().unwrap_or_else(PoisonError::into_inner),
    );
}

fn is_an_answer(answer: &str, taken: &[bool]) {
    assert!(taken.len() <= 1, "17: two answers of one peer");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    let mut words = head.split(' ');
    let http = words.next().is_some_and(|word| word.starts_with("HTTP/1."));
    let status = words.next().unwrap_or_default();
    match taken.first() {
        Some(true) => assert_eq!((status, body), ("200", PAGES[0]), "17"),
        Some(false) => assert_eq!((status, body), ("400", PAGES[1]), "17"),
        None => {
            assert!(answer.is_empty() || http, "17: no HTTP");
            assert!(!status.starts_with('2'), "17: a success of nothing");
            assert_eq!(body, "", "17: a page for nothing");
        }
    }
    if !taken.is_empty() {
        let head = head.to_ascii_lowercase();
        for header in ["cache-control: no-store", "referrer-policy: no-referrer"] {
            assert!(head.contains(header), "17: {header}");
        }
    }
}
