//! Writes the TypeScript bindings and fails when they were not up to date. The layout is that of
//! Prettier's defaults, so that a change of a view reads as a change of a line.

use super::*;
use ts_rs::Config;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/ui/src/lib/ipc/bindings.ts");
const WIDTH: usize = 80;

#[test]
fn the_bindings_are_up_to_date() {
    let written = std::fs::read_to_string(PATH).unwrap_or_default();
    let fresh = bindings();
    if written != fresh {
        std::fs::write(PATH, &fresh).unwrap();
        panic!(
            "the bindings were out of date and have been written anew; look at them and commit them"
        );
    }
}

#[test]
fn a_declaration_is_laid_out_with_one_property_or_one_variant_a_line() {
    let record = "type A = { \n/**\n * Says, or | asks;\n * twice.\n */\nitems: Array<B>, \"kind\": string | null, };";
    assert_eq!(
        laid_out(record),
        "export type A = {\n  /** Says, or | asks; twice. */\n  items: B[];\n  kind: string | null;\n};"
    );
    let union = "type C = { \"kind\": \"one\" } | { \"kind\": \"two\", first: string | null, second: Array<D | null>, third: Array<string>, };";
    assert_eq!(
        laid_out(union),
        "export type C =\n  | { kind: \"one\" }\n  | {\n      kind: \"two\";\n      first: string | null;\n      second: (D | null)[];\n      third: string[];\n    };"
    );
    let words = "type E = \"a|b\" | \"c\";";
    assert_eq!(laid_out(words), "export type E = \"a|b\" | \"c\";");
}

fn bindings() -> String {
    let config = Config::default();
    let codes: Vec<String> = ErrorCode::ALL
        .iter()
        .map(|code| format!("\"{code}\""))
        .collect();
    let declarations = [
        format!("type ErrorCode = {};", codes.join(" | ")),
        WireError::decl(&config),
        Condition::decl(&config),
        Expiry::decl(&config),
        GrantEnd::decl(&config),
        SummaryStatus::decl(&config),
        Priority::decl(&config),
        DecisionView::decl(&config),
        MeetingView::decl(&config),
        ActionItemView::decl(&config),
        MeetingsView::decl(&config),
        SummaryView::decl(&config),
        Need::decl(&config),
        ConnectionView::decl(&config),
        Reads::decl(&config),
        ProviderView::decl(&config),
        AttemptStep::decl(&config),
        Question::decl(&config),
        Choice::decl(&config),
        AttemptView::decl(&config),
        KeychainView::decl(&config),
        NoticeView::decl(&config),
        Startup::decl(&config),
        UiEvent::decl(&config),
        Ending::decl(&config),
        Link::decl(&config),
        Basis::decl(&config),
        ParameterView::decl(&config),
        ClientAuthentication::decl(&config),
        TokenBody::decl(&config),
        RedirectKind::decl(&config),
        Pkce::decl(&config),
        EchoesState::decl(&config),
        IdTokenUse::decl(&config),
        ContextForm::decl(&config),
        ProviderForm::decl(&config),
        super::Field::decl(&config),
        FieldTrouble::decl(&config),
        FieldFaultView::decl(&config),
        CheckView::decl(&config),
        HostMove::decl(&config),
        SaveAnswer::decl(&config),
        PresetView::decl(&config),
        IssuerTrouble::decl(&config),
        DiscoveryAnswer::decl(&config),
    ];
    let mut text = String::from("// Written by `cargo test bindings`; do not edit.\n");
    for declaration in declarations {
        text.push_str(&format!("\n{}\n", laid_out(&declaration)));
    }
    text
}

/// Lays out one declaration of ts-rs, which comes on one line but for its comments.
fn laid_out(declaration: &str) -> String {
    let (head, body) = declaration
        .trim_end_matches(';')
        .split_once(" = ")
        .unwrap_or_else(|| panic!("no type in {declaration:?}"));
    let alternatives = parts(body, '|');
    if let [only] = alternatives[..] {
        return format!("export {head} = {};", expanded(only, ""));
    }
    let short: Vec<String> = alternatives.iter().copied().map(on_one_line).collect();
    let line = format!("export {head} = {};", short.join(" | "));
    if line.len() <= WIDTH && !line.contains('{') {
        return line;
    }
    let line = format!("  {};", short.join(" | "));
    if line.len() <= WIDTH && !line.contains('{') {
        return format!("export {head} =\n{line}");
    }
    let mut text = format!("export {head} =");
    for (alternative, short) in alternatives.iter().zip(&short) {
        // The last one carries the semicolon.
        let fits = "  | ;".len() + short.len() <= WIDTH;
        let shown = if fits {
            short.clone()
        } else {
            expanded(alternative, "    ")
        };
        text.push_str(&format!("\n  | {shown}"));
    }
    text + ";"
}

fn on_one_line(alternative: &str) -> String {
    match fields(alternative) {
        Some(fields) => {
            let fields: Vec<String> = fields.into_iter().map(|field| field.text).collect();
            format!("{{ {} }}", fields.join("; "))
        }
        None => alternative.to_owned(),
    }
}

fn expanded(alternative: &str, margin: &str) -> String {
    let Some(fields) = fields(alternative) else {
        return alternative.to_owned();
    };
    let mut text = String::from("{\n");
    for field in fields {
        if let Some(says) = field.says {
            text.push_str(&format!("{margin}  /** {says} */\n"));
        }
        text.push_str(&format!("{margin}  {};\n", field.text));
    }
    text + margin + "}"
}

struct Field {
    says: Option<String>,
    text: String,
}

/// Gives the properties of an object type, or `None` for any other type.
fn fields(text: &str) -> Option<Vec<Field>> {
    let inside = text.strip_prefix('{')?.strip_suffix('}')?;
    let fields = parts(inside, ',').into_iter().map(|field| {
        let (says, rest) = match field.split_once("*/") {
            Some((comment, rest)) => (Some(one_line(comment)), rest.trim()),
            None => (None, field),
        };
        let (name, kind) = rest
            .split_once(": ")
            .unwrap_or_else(|| panic!("no property in {field:?}"));
        let text = format!("{}: {}", name.trim_matches('"'), array(kind));
        Field { says, text }
    });
    Some(fields.collect())
}

fn one_line(comment: &str) -> String {
    let lines = comment.trim_start_matches("/**").lines();
    let words: Vec<&str> = lines
        .map(|line| line.trim().trim_start_matches('*').trim())
        .filter(|line| !line.is_empty())
        .collect();
    words.join(" ")
}

fn array(kind: &str) -> String {
    let inside = kind
        .strip_prefix("Array<")
        .and_then(|rest| rest.strip_suffix('>'));
    match inside {
        Some(union) if union.contains('|') => format!("({union})[]"),
        Some(item) => format!("{item}[]"),
        None => kind.to_owned(),
    }
}

/// Splits at a separator outside brackets, texts and comments; leaves out what is empty.
fn parts(text: &str, separator: char) -> Vec<&str> {
    let (mut depth, mut in_text, mut in_comment) = (0, false, false);
    let (mut found, mut from) = (Vec::new(), 0);
    for (at, letter) in text.char_indices() {
        if in_comment {
            in_comment = !text[..at].ends_with('*') || letter != '/';
        } else if in_text {
            in_text = letter != '"';
        } else if letter == '"' {
            in_text = true;
        } else if text[at..].starts_with("/*") {
            in_comment = true;
        } else if "{<(".contains(letter) {
            depth += 1;
        } else if "}>)".contains(letter) {
            depth -= 1;
        } else if letter == separator && depth == 0 {
            found.push(&text[from..at]);
            from = at + letter.len_utf8();
        }
    }
    found.push(&text[from..]);
    let trimmed = found.into_iter().map(str::trim);
    trimmed.filter(|part| !part.is_empty()).collect()
}
