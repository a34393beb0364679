//! The colours of the pages, light and dark: text at 4.5 to 1 and the outlines of controls at 3 to 1
//! (WCAG 2.2, 1.4.3 and 1.4.11), computed from the stylesheet as it is served.

use std::collections::HashMap;

use crate::world::World;

type Colour = [f64; 3];

#[tokio::test]
async fn every_pair_of_colours_is_readable_in_light_and_dark() {
    const TEXT: f64 = 4.5;
    const OUTLINE: f64 = 3.0;
    let pairs = [
        ("text", "page", TEXT),
        ("text", "card", TEXT),
        ("text", "raised", TEXT),
        ("text", "accent-soft", TEXT),
        ("quiet", "card", TEXT),
        ("quiet", "raised", TEXT),
        ("quiet", "accent-soft", TEXT),
        ("accent", "card", TEXT),
        ("on-accent", "accent", TEXT),
        ("on-accent", "accent-pressed", TEXT),
        ("notice-text", "notice", TEXT),
        ("line-strong", "card", OUTLINE),
        ("accent", "accent-soft", OUTLINE),
    ];
    let world = World::start().await;
    let css = world
        .http
        .get(world.url("/sandbox.css"))
        .send()
        .await
        .unwrap();
    let css = css.text().await.unwrap();
    let (light, dark) = css
        .split_once("prefers-color-scheme: dark")
        .expect("two schemes");
    for (scheme, rules) in [("light", light), ("dark", dark)] {
        let colours = variables(rules.split_once("\n}").expect("the end of the scheme").0);
        for (front, back, least) in pairs {
            let seen = contrast(colours[front], colours[back]);
            assert!(
                seen >= least,
                "{scheme}: {front} on {back} is {seen:.2} to 1"
            );
        }
    }
    let monograms: Vec<Colour> = css
        .lines()
        .filter(|line| line.starts_with(".monogram."))
        .map(|line| oklch(line.split_once("background: ").expect("a background").1))
        .collect();
    assert_eq!(monograms.len(), 8, "five marks and three people");
    for colour in monograms {
        let seen = contrast([1.0; 3], colour);
        assert!(seen >= TEXT, "white on {colour:?} is {seen:.2} to 1");
    }
    world.end().await;
}

/// The colour variables of a block, by name.
fn variables(block: &str) -> HashMap<&str, Colour> {
    let declared = block
        .lines()
        .filter_map(|line| line.trim().strip_prefix("--"));
    declared
        .filter_map(|line| line.split_once(": oklch"))
        .map(|(name, value)| (name, oklch(value)))
        .collect()
}

/// Linear sRGB of `oklch(L C H)`, after Björn Ottosson's definition of Oklab.
fn oklch(value: &str) -> Colour {
    let inner = value.trim_start_matches("oklch").trim_start_matches('(');
    let numbers: Vec<f64> = inner
        .split([' ', ')', ';', '}'])
        .map_while(|number| number.parse().ok())
        .collect();
    let [lightness, chroma, hue] = numbers[..] else {
        panic!("three numbers in {value:?}");
    };
    let (sine, cosine) = hue.to_radians().sin_cos();
    let (a, b) = (chroma * cosine, chroma * sine);
    let l = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
    let m = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
    let s = (lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b).powi(3);
    [
        4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s,
        -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s,
        -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701_0 * s,
    ]
    .map(|channel| channel.clamp(0.0, 1.0))
}

fn contrast(one: Colour, other: Colour) -> f64 {
    let luminance = |[r, g, b]: Colour| 0.2126 * r + 0.7152 * g + 0.0722 * b;
    let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
    one.max(other) / one.min(other)
}

#[test]
fn the_contrast_of_black_and_white_is_21() {
    let seen = contrast(oklch("oklch(1 0 0)"), oklch("oklch(0 0 0)"));
    assert!((seen - 21.0).abs() < 0.01, "{seen}");
}
