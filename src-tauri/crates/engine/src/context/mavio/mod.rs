//! Mavio's API (Mavio's public API reference): meetings, what was decided in them, and what is
//! left to do. A reading is whole or not at all, but for what a missing scope withholds.

pub mod wire;

use super::{Call, HttpContext};
use crate::network::ReadAnswer;
use keyfob_domain::failure::{Class, Exchange, Fault, classify};
use keyfob_domain::provider::{Context, Provider};
use keyfob_domain::secret::AccessToken;
use keyfob_domain::summary::{ActionItem, Content, MOST_MEETINGS, Meeting, Meetings, address};
use reqwest::Method;
use std::cmp::Reverse;
use std::collections::HashSet;
use wire::{ListedMeeting, MeetingSummary, Page};

/// So many meetings are asked for at once, as in Mavio's reference.
const MEETINGS_PER_PAGE: usize = 20;
/// So many pages of meetings are read; the first is enough unless most are yet to come.
const MOST_MEETING_PAGES: usize = 3;
/// So many summaries are read, each by a request of its own.
const MOST_SUMMARIES: usize = 5;
/// So many action items are asked for at once: the most Mavio gives.
const ITEMS_PER_PAGE: usize = 100;
/// So many pages of action items are read.
const MOST_ITEM_PAGES: usize = 5;

const MEETINGS_SCOPE: &str = "meetings:read";
const SUMMARIES_SCOPE: &str = "summaries:read";
const ITEMS_SCOPE: &str = "action-items:read";

/// Mavio as one token sees it.
pub(super) struct Mavio<'a> {
    pub(super) source: &'a HttpContext,
    pub(super) provider: &'a Provider,
    pub(super) context: &'a Context,
    pub(super) token: &'a AccessToken,
}

/// What was read of a list.
struct Listing<T> {
    entries: Vec<T>,
    /// Whether there was more than was read.
    more: bool,
    /// Whether the token lacks the scope for it.
    withheld: bool,
}

impl Mavio<'_> {
    pub(super) async fn summary(&self) -> Result<Content, Fault> {
        let mut withheld = Vec::new();
        let listing = self.meetings().await?;
        if listing.withheld {
            withheld.push(MEETINGS_SCOPE.to_owned());
        }
        let host = newest_host(&listing.entries);
        let (latest, summaries_withheld) = self.with_summaries(listing.entries).await?;
        if summaries_withheld {
            withheld.push(SUMMARIES_SCOPE.to_owned());
        }
        let items = self.open_items().await?;
        if items.withheld {
            withheld.push(ITEMS_SCOPE.to_owned());
        }
        Ok(Content::meetings(Meetings {
            latest,
            open_items: items.entries,
            more_items: items.more,
            withheld,
            host,
        }))
    }

    /// Names the host of the newest meeting, for want of anything that says whose account it is.
    pub(super) async fn account_hint(&self) -> Result<Option<String>, Fault> {
        let answer = self.page("meetings", MEETINGS_PER_PAGE, 0).await?;
        let page = wire::meetings(answer.body()).ok_or(NO_LIST)?;
        let found = page.entries.into_iter().map(|listed| listed.entry);
        let host = newest_host(&self.begun(found));
        Ok(host.as_deref().and_then(address))
    }

    /// Reads the newest meetings that have begun, until enough of them have a summary.
    async fn meetings(&self) -> Result<Listing<ListedMeeting>, Fault> {
        let now = self.source.clock.now();
        let enough = |found: &[ListedMeeting]| {
            let begun = found.iter().filter(|meeting| meeting.has_begun(now));
            let summaries = begun.filter_map(ListedMeeting::finished_summary);
            summaries.count() >= MOST_SUMMARIES
        };
        let pages = Pages {
            path: "meetings",
            limit: MEETINGS_PER_PAGE,
            most: MOST_MEETING_PAGES,
        };
        let mut listing = self.pages(pages, wire::meetings, enough).await?;
        listing.entries = self.begun(listing.entries.into_iter());
        listing.entries.truncate(MOST_MEETINGS);
        Ok(listing)
    }

    /// Keeps those that have begun, newest first; those without a time come last.
    fn begun(&self, found: impl Iterator<Item = ListedMeeting>) -> Vec<ListedMeeting> {
        let now = self.source.clock.now();
        let mut begun: Vec<_> = found.filter(|meeting| meeting.has_begun(now)).collect();
        begun.sort_by_key(|listed| Reverse(listed.meeting.started_at));
        begun
    }

    /// Puts their summaries to the newest meetings that are over, and tells whether they were
    /// withheld.
    async fn with_summaries(
        &self,
        found: Vec<ListedMeeting>,
    ) -> Result<(Vec<Meeting>, bool), Fault> {
        let (mut meetings, mut read, mut withheld) = (Vec::new(), 0, false);
        for listed in found {
            let id = listed.finished_summary().map(str::to_owned);
            let mut meeting = listed.meeting;
            if let Some(id) = id
                && read < MOST_SUMMARIES
                && !withheld
            {
                read += 1;
                match self.meeting_summary(&id).await {
                    Ok(summary) => {
                        meeting.overview = summary.overview;
                        meeting.decisions = summary.decisions;
                    }
                    Err(fault) if is_withheld(&fault) => withheld = true,
                    // It was deleted, or isn't written yet.
                    Err(Fault::Refused { status: 404, .. }) => {}
                    Err(fault) => return Err(fault),
                }
            }
            meetings.push(meeting);
        }
        Ok((meetings, withheld))
    }

    async fn meeting_summary(&self, id: &str) -> Result<MeetingSummary, Fault> {
        let answer = self.read(&["v1", "summaries", id], &[]).await?;
        wire::summary(answer.body()).ok_or(Fault::Malformed {
            why: "the answer isn't a summary",
        })
    }

    async fn open_items(&self) -> Result<Listing<ActionItem>, Fault> {
        let pages = Pages {
            path: "action-items",
            limit: ITEMS_PER_PAGE,
            most: MOST_ITEM_PAGES,
        };
        self.pages(pages, wire::open_items, |_| false).await
    }

    /// Reads a list page by page until it ends, until there is enough, or until it was enough work.
    async fn pages<T>(
        &self,
        pages: Pages,
        read: fn(&[u8]) -> Option<Page<T>>,
        enough: impl Fn(&[T]) -> bool,
    ) -> Result<Listing<T>, Fault> {
        let mut listing = Listing {
            entries: Vec::new(),
            more: false,
            withheld: false,
        };
        let (mut offset, mut known) = (0, HashSet::new());
        for _ in 0..pages.most {
            let answer = match self.page(pages.path, pages.limit, offset).await {
                Ok(answer) => answer,
                Err(fault) if is_withheld(&fault) => {
                    listing.withheld = true;
                    return Ok(listing);
                }
                Err(fault) => return Err(fault),
            };
            let page = read(answer.body()).ok_or(NO_LIST)?;
            offset += page.received;
            for listed in page.entries {
                // What is new pushes the rest into the next page, where it is met again.
                if listed.id.is_none_or(|id| known.insert(id)) {
                    listing.entries.push(listed.entry);
                }
            }
            listing.more = page.has_more;
            if !page.has_more || enough(&listing.entries) {
                break;
            }
        }
        Ok(listing)
    }

    async fn page(&self, path: &str, limit: usize, offset: usize) -> Result<ReadAnswer, Fault> {
        let query = [("limit", limit), ("offset", offset)];
        self.read(&["v1", path], &query).await
    }

    async fn read(&self, path: &[&str], query: &[(&str, usize)]) -> Result<ReadAnswer, Fault> {
        let call = Call {
            method: Method::GET,
            path,
            query,
            body: None,
        };
        self.source
            .answer(self.provider, self.context, self.token, call)
            .await
    }
}

/// Which list is read, and how far.
struct Pages {
    path: &'static str,
    limit: usize,
    most: usize,
}

const NO_LIST: Fault = Fault::Malformed {
    why: "the answer has no list",
};

fn is_withheld(fault: &Fault) -> bool {
    classify(Exchange::Api, fault).class == Class::Forbidden
}

/// Takes meetings that have begun, newest first.
fn newest_host(begun: &[ListedMeeting]) -> Option<String> {
    begun.first().and_then(|newest| newest.host.clone())
}
