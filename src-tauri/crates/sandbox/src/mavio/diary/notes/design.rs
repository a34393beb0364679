//! Notes of the meetings of the designers.

use super::Due::{AfterMeeting, FromToday};
use super::Status::{Completed, InProgress, Pending};
use super::{Notes, decision, item, topic};
use crate::mavio::diary::guests::{ADA, GRACE, HANNAH, MATEO};

pub(in crate::mavio::diary) static INVOICES_3: Notes = Notes {
    overview: "Grace walked through the first invoice screens. The total has to stand out more, and \
the table is too wide for a laptop.",
    agenda: &[
        topic(30, "Walkthrough", "Overview, single invoice, refund."),
        topic(
            20,
            "What to change",
            "Fewer columns, a larger total, plain words for statuses.",
        ),
    ],
    decisions: &[decision(
        GRACE,
        "The table gets five columns",
        "What is left out is one click away.",
    )],
    items: &[
        item(
            "Find plain words for the seven invoice statuses",
            Pending,
            "low",
            Some(MATEO),
            Some(FromToday(9)),
        ),
        item(
            "Cut the invoice table to five columns",
            Completed,
            "high",
            Some(GRACE),
            Some(AfterMeeting(5)),
        ),
        item(
            "Collect examples of very long invoices",
            Completed,
            "low",
            Some(ADA),
            Some(AfterMeeting(2)),
        ),
    ],
};

pub(in crate::mavio::diary) static ICON_SET: Notes = Notes {
    overview: "Hannah looked at the two icon sets. The outlined one reads better at small sizes; the \
filled one stays for the mobile app until its next release.",
    agenda: &[
        topic(
            20,
            "Both sets side by side",
            "At 16 pixels the outlined icons are easier to tell apart.",
        ),
        topic(10, "Moving over", "Screen by screen, invoices first."),
    ],
    decisions: &[decision(
        HANNAH,
        "The component library uses the outlined icons",
        "They stay clear at small sizes and in dark mode.",
    )],
    items: &[
        item(
            "Replace the icons of the invoice screens",
            Pending,
            "medium",
            Some(GRACE),
            Some(FromToday(5)),
        ),
        item(
            "List the icons that have no outlined twin",
            InProgress,
            "low",
            Some(MATEO),
            Some(FromToday(3)),
        ),
    ],
};

pub(in crate::mavio::diary) static INTERVIEWS: Notes = Notes {
    overview: "Five conversations about invoices are planned; the questions are down to seven. Lena \
Vogt of Hartmann Logistics is the first.",
    agenda: &[
        topic(
            30,
            "Questions",
            "From twenty to seven; none suggests its answer.",
        ),
        topic(15, "Who to ask", "One is fixed, four are invited."),
    ],
    decisions: &[decision(
        GRACE,
        "Nobody is shown a screen before the third question",
        "First how they work today, then what we drew.",
    )],
    items: &[
        item(
            "Invite four more customers",
            InProgress,
            "high",
            Some(GRACE),
            Some(FromToday(2)),
        ),
        item(
            "Print the seven questions",
            Completed,
            "low",
            Some(MATEO),
            Some(AfterMeeting(1)),
        ),
    ],
};
