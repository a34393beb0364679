//! Many providers with the longest names and addresses that can be, in every size of the window.

use crate::camera::{photograph, photograph_both, photograph_narrow};
use crate::portal::Portal;
use crate::provider_form::go_there;
use crate::world::{World, says, shown};
use anyhow::{Result, ensure};
use keyfob_test_support::screens::verify_screens;

const MANY: usize = 100;

#[tokio::test(flavor = "multi_thread")]
async fn many_providers_with_long_names_stay_a_calm_list() -> Result<()> {
    let world = World::new().await?;
    let portal = Portal::start(&world.desktop, 2).await?;
    for number in 0..MANY {
        let slug = format!("service-{number}");
        world.add_provider(&slug, &file(number, &slug))?;
    }
    let window = world.window().await?;
    go_there(&window).await?;
    let rows = format!(
        "document.querySelectorAll('[data-testid^=provider-row-]').length === {}",
        MANY + 4
    );
    window.wait_until("all of them", &rows).await?;
    window.click("provider-row-service-0").await?;
    window
        .wait_until("its detail", &shown("provider-actions"))
        .await?;
    photograph_both(&window, &portal, "providers-many").await?;
    photograph_narrow(&window, "providers-many").await?;
    let sideways = "return document.documentElement.scrollWidth <= window.innerWidth";
    ensure!(
        window.execute(sideways).await? == true,
        "nothing sticks out"
    );
    window.type_into("filter", "vermittlung 42").await?;
    window
        .wait_until(
            "the one that matches",
            &says("provider-row-service-42", "42"),
        )
        .await?;
    window.click("provider-row-service-42").await?;
    window.click("provider-edit").await?;
    window.wait_until("the form", &shown("form-name")).await?;
    window
        .execute("document.documentElement.style.fontSize = '200%'")
        .await?;
    photograph(&window, "provider-form-200-percent").await?;
    window.close().await?;
    verify_screens(&[
        "providers-many-light",
        "providers-many-dark",
        "providers-many-480",
        "provider-form-200-percent",
    ])
}

/// A name of fifty characters, an address of over a hundred, and scopes that end nowhere.
fn file(number: usize, slug: &str) -> String {
    let host = format!(
        "{}.donaudampfschifffahrtsgesellschaft-{number}.example",
        "anmeldung".repeat(6)
    );
    let name = format!("Donaudampfschifffahrtsgesellschaft Vermittlung {number}");
    format!(
        "slug = \"{slug}\"\nname = \"{name}\"\n\
         authorization_endpoint = \"https://{host}/oauth2/authorize\"\n\
         token_endpoint = \"https://{host}/oauth2/token\"\n\
         client_authentication = \"basic\"\n\
         scopes = [\"https://{host}/auth/lesen.und.schreiben.readonly\", \"offline_access\"]\n\
         redirect_kinds = [\"loopback\", \"scheme\"]\npkce = \"required\"\n"
    )
}
