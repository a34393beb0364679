//! The harness itself against real programs: what it promises to the stories must hold here first.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    path::Path,
    process::Command,
    thread,
    time::Duration,
};

use keyfob_test_support::{Browser, Desktop, Item, leaks, running_in, until};

const STEP: Duration = Duration::from_secs(20);

#[expect(clippy::unwrap_used, reason = "a test that can't prepare has failed")]
fn store(desktop: &Desktop, label: &str, user: &str, secret: &str) {
    let mut command = desktop.command("sh");
    command.args([
        "-c",
        "printf %s \"$3\" | secret-tool store --label=\"$1\" service keyfob-test user \"$2\"",
        "sh",
        label,
        user,
        secret,
    ]);
    desktop.run(command, STEP).unwrap();
}

fn lookup(desktop: &Desktop, user: &str) -> Command {
    let mut command = desktop.command("secret-tool");
    command.args(["lookup", "service", "keyfob-test", "user", user]);
    command
}

#[test]
fn a_secret_is_stored_read_and_listed() {
    let desktop = Desktop::start().unwrap();
    store(&desktop, "Keyfob", "ada", "rt-canary-1");

    let read = desktop.run(lookup(&desktop, "ada"), STEP).unwrap();
    let items: Vec<Item> = desktop.keychain_items().unwrap();

    assert_eq!(read, "rt-canary-1");
    let [item] = items.as_slice() else {
        panic!("one item was stored: {items:?}");
    };
    assert_eq!(item.label, "Keyfob");
    assert_eq!(item.secret, b"rt-canary-1");
    assert_eq!(
        item.attributes.get("user").map(String::as_str),
        Some("ada"),
        "{:?}",
        item.attributes
    );
}

#[test]
fn an_older_copy_of_an_item_is_put_back_in_its_place() {
    let desktop = Desktop::start().unwrap();
    store(&desktop, "Keyfob", "ada", "rt-canary-1");
    store(&desktop, "Keyfob", "grace", "rt-canary-2");
    let copies = desktop.keychain_items().unwrap();
    store(&desktop, "Keyfob", "ada", "rt-canary-3");
    let of_ada = |item: &&Item| item.attributes["user"] == "ada";
    let copy = copies.iter().find(of_ada).unwrap();

    desktop.restore_keychain_item(copy).unwrap();

    assert_eq!(desktop.keychain_items().unwrap(), copies);
}

#[test]
fn a_locked_keychain_opens_when_its_prompt_is_answered() {
    let desktop = Desktop::start().unwrap();
    store(&desktop, "Keyfob", "ada", "rt-canary-2");
    desktop.lock_keychain().unwrap();
    assert!(
        desktop.keychain_items().is_err(),
        "locked items can't be read"
    );

    let reader = desktop
        .run_in_background("reader", lookup(&desktop, "ada"))
        .unwrap();
    desktop.answer_keychain_prompt("test").unwrap();
    until(STEP, "the reader to end", || desktop.has_ended(reader)).unwrap();

    assert_eq!(desktop.log("reader"), "rt-canary-2");
    assert!(!desktop.is_keychain_locked().unwrap());
}

#[test]
fn a_dismissed_prompt_leaves_the_keychain_locked() {
    let desktop = Desktop::start().unwrap();
    store(&desktop, "Keyfob", "ada", "rt-canary-3");
    desktop.lock_keychain().unwrap();

    let reader = desktop
        .run_in_background("reader", lookup(&desktop, "ada"))
        .unwrap();
    desktop.dismiss_keychain_prompt().unwrap();
    until(STEP, "the reader to end", || desktop.has_ended(reader)).unwrap();

    assert!(!desktop.log("reader").contains("rt-canary-3"));
    assert!(desktop.is_keychain_locked().unwrap());
}

#[test]
fn a_stopped_keychain_comes_back_locked() {
    let desktop = Desktop::start().unwrap();
    store(&desktop, "Keyfob", "ada", "rt-canary-4");

    desktop.stop_keychain().unwrap();

    assert!(desktop.is_keychain_locked().unwrap());
}

#[test]
fn a_process_is_on_the_bus_until_it_has_ended() {
    let desktop = Desktop::start().unwrap();
    let mut client = desktop.command("gdbus");
    client.args(["monitor", "--session", "--dest", "org.freedesktop.secrets"]);
    let pid = desktop.run_in_background("gdbus", client).unwrap();
    until(STEP, "the client", || desktop.is_on_bus(pid).unwrap()).unwrap();
    desktop.end(pid);
    until(STEP, "its end", || !desktop.is_on_bus(pid).unwrap()).unwrap();
}

#[test]
fn a_desktop_without_a_secret_service_refuses_at_once() {
    let desktop = Desktop::builder().without_secret_service().start().unwrap();

    let error = desktop.run(lookup(&desktop, "ada"), STEP).unwrap_err();

    assert!(
        error.to_string().contains("org.freedesktop.secrets"),
        "{error}"
    );
    assert!(desktop.stop_keychain().is_err());
}

#[test]
fn web_addresses_are_recorded_in_order_and_as_they_are() {
    let desktop = Desktop::start().unwrap();
    let urls = [
        "http://127.0.0.1:9/authorize?state=a%20b&scope=x+y",
        "https://localhost/second?q='%22#part",
    ];
    for url in urls {
        let mut open = desktop.command("xdg-open");
        open.arg(url);
        desktop.run(open, STEP).unwrap();
        assert_eq!(desktop.next_opened_url(STEP).unwrap(), url);
    }
    assert_eq!(desktop.opened_urls(), urls);
    let none = desktop.next_opened_url(Duration::from_millis(20));
    assert!(none.is_err(), "{none:?}");
}

#[test]
fn two_desktops_do_not_see_each_other() {
    let one = Desktop::start().unwrap();
    let other = Desktop::start().unwrap();
    store(&one, "Keyfob", "ada", "rt-canary-5");

    assert_eq!(other.keychain_items().unwrap(), []);
    let display = |desktop: &Desktop| {
        desktop
            .env()
            .into_iter()
            .find(|(name, _)| name == "DISPLAY")
    };
    assert_ne!(display(&one), display(&other));
}

#[test]
fn the_screen_can_be_photographed() {
    let desktop = Desktop::builder().screen(800, 600).start().unwrap();
    let path = desktop.dir().join("screen.png");

    desktop.screenshot(&path).unwrap();

    let decoder = png::Decoder::new(BufReader::new(std::fs::File::open(&path).unwrap()));
    let reader = decoder.read_info().unwrap();
    assert_eq!((reader.info().width, reader.info().height), (800, 600));
}

#[test]
fn nothing_runs_and_nothing_is_left_after_a_desktop() {
    let desktop = Desktop::start().unwrap();
    let (dir, home) = (desktop.dir().to_owned(), desktop.home_dir());
    let mut stray = desktop.command("sh");
    stray.args(["-c", "setsid sleep 600 & exit 0"]);
    desktop.run(stray, STEP).unwrap();
    let expected = ["Xvfb", "dbus-daemon", "gnome-keyring-d", "openbox", "sleep"];
    until(STEP, "all of the desktop to run", || {
        let running = running_in(&home);
        expected
            .iter()
            .all(|name| running.iter().any(|process| process.name == *name))
    })
    .unwrap();

    drop(desktop);

    assert_eq!(running_in(&home), []);
    assert!(!dir.exists(), "{} is left", dir.display());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_in_chromium_reaches_the_handler_of_the_scheme() {
    let desktop = Desktop::start().unwrap();
    let link = "dev.keyfob.desktop:/callback/mio?code=ac-canary-6&state=s%20t";
    let origin = serve(format!(
        "<!doctype html><title>Sign in</title><button id=approve onclick=\"location.href='{link}'\">Approve</button>"
    ));
    let delivered = desktop.dir().join("delivered");
    desktop
        .handle_scheme(
            "dev.keyfob.desktop",
            &format!("printf '%s' \"$1\" > '{}'\n", delivered.display()),
        )
        .unwrap();

    let browser = Browser::start(&desktop, &[&origin]).await.unwrap();
    browser.visit(&format!("{origin}/authorize")).await.unwrap();
    browser
        .wait_until("the title", "document.title === 'Sign in'")
        .await
        .unwrap();
    browser.click_id("approve").await.unwrap();
    until(STEP, "the link to be delivered", || {
        std::fs::read_to_string(&delivered).is_ok_and(|text| text == link)
    })
    .unwrap();

    let secrets = [leaks::Secret::new("authorization code", "ac-canary-6")];
    let found = leaks::search(&[Path::new(&delivered)], &[], &secrets).unwrap();
    assert_eq!(found.hits.len(), 1, "{found:?}");

    let home = desktop.home_dir();
    browser.close().await.unwrap();
    drop(desktop);
    assert_eq!(running_in(&home), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opened_link_shows_in_a_visible_chromium() {
    let desktop = Desktop::start().unwrap();
    let origin = serve("<!doctype html><title>Approve Keyfob</title>".to_owned());
    desktop.open_links_in_chromium(&[&origin]).unwrap();
    let mut open = desktop.command("xdg-open");
    open.arg(&origin);
    desktop.run_in_background("xdg-open", open).unwrap();

    until(STEP, "Chromium's window", || {
        let mut search = desktop.command("xdotool");
        search.args(["search", "--onlyvisible", "--name", "^Approve Keyfob"]);
        desktop.run(search, STEP).is_ok()
    })
    .unwrap();

    let (dir, home) = (desktop.dir().to_owned(), desktop.home_dir());
    drop(desktop);
    assert_eq!(running_in(&home), []);
    assert!(!dir.exists(), "{} is left", dir.display());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_in_vain_prints_the_page_and_its_console() {
    let desktop = Desktop::start().unwrap();
    let origin = serve("<!doctype html><p>Nothing to see</p>".to_owned());
    let browser = Browser::start(&desktop, &[]).await.unwrap();
    browser.visit(&origin).await.unwrap();
    browser
        .execute("console.warn('a word of warning')")
        .await
        .unwrap();

    let error = browser
        .execute("throw new Error('thrown on purpose')")
        .await
        .unwrap_err()
        .to_string();

    for seen in ["thrown on purpose", "Nothing to see", "a word of warning"] {
        assert!(error.contains(seen), "{seen:?} isn't in {error}");
    }
}

/// Answers every request on a free loopback port with one page until the test process ends.
#[expect(clippy::unwrap_used, reason = "a test that can't prepare has failed")]
fn serve(page: String) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = BufReader::new(stream.try_clone().unwrap());
            let mut line = String::new();
            // The browser may close a connection it opened in advance.
            while head.read_line(&mut line).is_ok_and(|read| read > 2) {
                line.clear();
            }
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{page}",
                page.len()
            );
        }
    });
    origin
}
