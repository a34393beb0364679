//! The line icons of the pages: 24 units wide, drawn in the colour of the text around them.

use maud::{Markup, PreEscaped, html};

macro_rules! icons {
    ($($(#[$doc:meta])* $name:ident = $drawing:literal;)*) => {
        $($(#[$doc])* pub(crate) fn $name() -> Markup { drawn($drawing) })*
    };
}

icons! {
    /// Sandbox: a flask.
    flask = r#"<path d="M9 3h6M10 3v6.5L4.8 18a2 2 0 0 0 1.7 3h11a2 2 0 0 0 1.7-3L14 9.5V3M7.4 14.5h9.2"/>"#;
    /// A connection between two sides.
    link = r#"<path d="M4 9h15l-4-4M20 15H5l4 4"/>"#;
    /// E-mail: an envelope.
    mail = r#"<rect x="3" y="5" width="18" height="14" rx="2"/><path d="m4 7 8 6 8-6"/>"#;
    /// Calendar: a sheet with rings.
    calendar = r#"<rect x="4" y="5" width="16" height="16" rx="2"/><path d="M4 10h16M8 3v4M16 3v4"/>"#;
    /// Context: lines of text.
    note = r#"<rect x="5" y="3" width="14" height="18" rx="2"/><path d="M9 8h6M9 12h6M9 16h3"/>"#;
    /// Changing something: a pencil.
    pencil = r#"<path d="m4 20 1-4.5L16.5 4a2.1 2.1 0 0 1 3 3L8.5 19ZM14.5 6l3 3"/>"#;
    /// Identity: a key.
    key = r#"<circle cx="8" cy="15" r="4"/><path d="m11 12 8-8M16 7l3 3"/>"#;
    /// Name: head and shoulders.
    person = r#"<circle cx="12" cy="8" r="4"/><path d="M4.5 21a7.5 7.5 0 0 1 15 0"/>"#;
    /// Address: the at sign.
    at = r#"<circle cx="12" cy="12" r="4"/><path d="M16 8v5.2a2.8 2.8 0 0 0 5 1.8v-3a9 9 0 1 0-3.6 7.2"/>"#;
    /// Renewal: a turning arrow.
    renew = r#"<path d="M20 12a8 8 0 1 1-2.4-5.7L20 8.6M20 4v4.6h-4.6"/>"#;
}

fn drawn(drawing: &'static str) -> Markup {
    html! {
        svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75"
            stroke-linecap="round" stroke-linejoin="round" focusable="false" {
            (PreEscaped(drawing))
        }
    }
}
