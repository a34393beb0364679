//! The bare window in a headless desktop: it paints, and the harness can drive it.

use std::{path::Path, time::Duration};

use keyfob_test_support::{Desktop, KeyfobWindow, running_in, until};

const BARE_WINDOW: &str = env!("CARGO_BIN_EXE_bare-window");

#[test]
fn the_window_says_when_it_is_painted() {
    let desktop = Desktop::start().unwrap();

    desktop
        .run_in_background("bare-window", desktop.command(BARE_WINDOW))
        .unwrap();

    until(Duration::from_secs(30), "the first paint", || {
        desktop.log("bare-window").contains("first paint\n")
    })
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_is_driven_over_webdriver() {
    let desktop = Desktop::start().unwrap();
    let window = KeyfobWindow::open(&desktop, Path::new(BARE_WINDOW), &[])
        .await
        .unwrap();
    window
        .wait_until("the painted title", "document.title.endsWith('painted')")
        .await
        .unwrap();
    window
        .execute(
            "const field = document.createElement('input');
             field.dataset.testid = 'field';
             const button = document.createElement('button');
             button.dataset.testid = 'button';
             button.textContent = 'Copy';
             const output = document.createElement('p');
             output.dataset.testid = 'output';
             button.onclick = () => { output.textContent = field.value; console.info('copied'); };
             document.body.append(field, button, output);",
        )
        .await
        .unwrap();

    window.type_into("field", "first").await.unwrap();
    window.type_into("field", "Ada Lovelace").await.unwrap();
    window.click("button").await.unwrap();

    assert_eq!(window.text_of("output").await.unwrap(), "Ada Lovelace");
    assert_eq!(window.console().await.unwrap(), ["info: copied"]);
    assert!(!window.has("nothing-of-that-name").await.unwrap());
    assert!(
        window
            .source()
            .await
            .unwrap()
            .contains("<h1>Bare window</h1>")
    );
    let picture = window.screenshot("bare-window").await.unwrap();
    assert!(picture.is_file());
    keyfob_test_support::screens::verify_screens(&["bare-window"]).unwrap();

    window.close().await.unwrap();
    let left: Vec<String> = running_in(&desktop.home_dir())
        .into_iter()
        .map(|process| process.name)
        .filter(|name| name.contains("bare") || name.contains("WebKit"))
        .collect();
    assert_eq!(left, Vec::<String>::new());
}
