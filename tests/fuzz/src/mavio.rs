//! What Mavio's API answers (SECURITY 117). Whoever invites the user to a meeting writes some of it.

use crate::{mio, shown};
use keyfob_domain::summary::{
    Content, LONGEST_ADDRESS, LONGEST_DECISION, LONGEST_NAME, LONGEST_OVERVIEW, LONGEST_TITLE,
    MOST_DECISIONS, MOST_MEETINGS, MOST_OPEN_ITEMS, Meeting, Meetings,
};
use keyfob_domain::time::Timestamp;
use keyfob_engine::context::mavio::wire;

/// The first byte chooses what was asked for.
pub(crate) fn check(data: &[u8]) {
    let Some((kind, body)) = data.split_first() else {
        return;
    };
    if !keyfob_domain::json::is_shallow(body) {
        return;
    }
    match kind % 4 {
        0 => meetings(body),
        1 => items(body),
        2 => summary(body),
        _ => stored(body),
    }
}

fn meetings(body: &[u8]) {
    let Some(page) = wire::meetings(body) else {
        return;
    };
    assert!(page.entries.len() <= page.received);
    assert!(
        page.received > 0 || !page.has_more,
        "a page without entries is the last"
    );
    let host = page
        .entries
        .iter()
        .find_map(|listed| listed.entry.host.clone());
    let mut latest = Vec::new();
    for listed in page.entries {
        let entry = listed.entry;
        if let Some(id) = &entry.summary_id {
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
            assert!(
                (1..=128).contains(&id.len()) && id.bytes().all(fits),
                "it fits no path"
            );
        }
        assert!(entry.finished_summary().is_none() || entry.has_begun(Timestamp::from_millis(0)));
        latest.push(entry.meeting);
    }
    is_tidy(Content::meetings(Meetings {
        latest,
        host,
        ..Meetings::default()
    }));
}

fn items(body: &[u8]) {
    if let Some(page) = wire::open_items(body) {
        assert!(page.entries.len() <= page.received);
        is_tidy(Content::meetings(Meetings {
            open_items: page
                .entries
                .into_iter()
                .map(|listed| listed.entry)
                .collect(),
            ..Meetings::default()
        }));
    }
}

fn summary(body: &[u8]) {
    if let Some(summary) = wire::summary(body) {
        is_tidy(Content::meetings(Meetings {
            latest: vec![Meeting {
                overview: summary.overview,
                decisions: summary.decisions,
                ..Meeting::default()
            }],
            ..Meetings::default()
        }));
    }
}

/// What an earlier Keyfob, or somebody with an editor, left in the database.
fn stored(body: &[u8]) {
    if let Some(content) = std::str::from_utf8(body).ok().and_then(Content::decode) {
        is_tidy(content);
    }
}

fn is_tidy(content: Content) {
    mio::is_kept(&content);
    let Content::Meetings(meetings) = content else {
        return;
    };
    let title = |text: &Option<String>| {
        text.iter()
            .for_each(|text| shown::line(text, LONGEST_TITLE))
    };
    let name = |text: &Option<String>| text.iter().for_each(|text| shown::line(text, LONGEST_NAME));
    assert!(meetings.latest.len() <= MOST_MEETINGS && meetings.open_items.len() <= MOST_OPEN_ITEMS);
    for meeting in &meetings.latest {
        title(&meeting.title);
        name(&meeting.platform);
        meeting
            .overview
            .iter()
            .for_each(|text| shown::lines(text, LONGEST_OVERVIEW));
        assert!(meeting.decisions.len() <= MOST_DECISIONS);
        for decision in &meeting.decisions {
            assert!(!decision.text.is_empty());
            shown::line(&decision.text, LONGEST_DECISION);
            name(&decision.decided_by);
        }
    }
    for item in &meetings.open_items {
        title(&item.title);
        title(&item.meeting);
        name(&item.assignee);
        let day = item.due.as_deref();
        assert!(day.is_none_or(|day| day.len() == 10), "{day:?} is no day");
    }
    if let Some(host) = &meetings.host {
        assert!(host.contains('@'));
        shown::line(host, LONGEST_ADDRESS);
    }
}
