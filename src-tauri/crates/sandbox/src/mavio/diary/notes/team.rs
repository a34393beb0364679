//! Notes of the meetings of Ada's team and its customer.

use super::Due::{AfterMeeting, FromToday};
use super::Status::{Completed, InProgress, Pending};
use super::{Notes, decision, item, topic};
use crate::mavio::diary::guests::{ADA, JONAS, LENA, MEI, SOFIA};

pub(in crate::mavio::diary) static SYNC_1: Notes = Notes {
    overview: "A quiet week: everybody is on Project Difference but Sofia, who keeps the old billing \
alive. The on-call plan for the move is drafted.",
    agenda: &[
        topic(
            20,
            "Round",
            "Mei finishes the export, Jonas prepares Hartmann's data.",
        ),
        topic(10, "On call", "Two people on each night of the first week."),
    ],
    decisions: &[decision(
        ADA,
        "Two people are on call in the first week after the move",
        "One watches the numbers, one can act.",
    )],
    items: &[
        item(
            "Ask everyone for their nights on call",
            Pending,
            "low",
            Some(SOFIA),
            None,
        ),
        item(
            "Finish the export of open invoices",
            Completed,
            "high",
            Some(MEI),
            Some(AfterMeeting(2)),
        ),
        item(
            "Draft the on-call plan",
            Completed,
            "medium",
            Some(JONAS),
            Some(AfterMeeting(1)),
        ),
    ],
};

pub(in crate::mavio::diary) static SYNC_2: Notes = Notes {
    overview: "The team cut two features from the first release and divided what is left. Nobody is \
blocked.",
    agenda: &[
        topic(
            20,
            "What can wait",
            "Dunning letters and the CSV export come after the move.",
        ),
        topic(10, "Round", "No one is blocked."),
    ],
    decisions: &[decision(
        ADA,
        "Dunning letters come after the move",
        "None of the first ten customers is sent any.",
    )],
    items: &[
        item(
            "Tell support what the first release leaves out",
            Completed,
            "medium",
            Some(SOFIA),
            Some(AfterMeeting(2)),
        ),
        item(
            "Move the CSV export to the next plan",
            Completed,
            "low",
            Some(JONAS),
            Some(AfterMeeting(0)),
        ),
        item(
            "Divide the remaining work",
            Completed,
            "medium",
            Some(ADA),
            Some(AfterMeeting(1)),
        ),
    ],
};

pub(in crate::mavio::diary) static PRIYA_1: Notes = Notes {
    overview: "Priya asked for the risks in one sentence each. The date holds if finance signs this \
week. They spoke about Tomas, who is ready for a project of his own.",
    agenda: &[
        topic(
            15,
            "Risks",
            "Rounding rules and load test; both have a date.",
        ),
        topic(15, "Team", "Tomas could lead the next project."),
    ],
    decisions: &[],
    items: &[
        item(
            "Name the two risks in Friday's status",
            Completed,
            "high",
            Some(ADA),
            Some(AfterMeeting(1)),
        ),
        item(
            "Talk with Tomas about leading a project",
            Completed,
            "medium",
            Some(ADA),
            Some(AfterMeeting(5)),
        ),
    ],
};

pub(in crate::mavio::diary) static HARTMANN_1: Notes = Notes {
    overview: "Lena is content with the sample invoices. Her accounting needs the order number on \
each line, and two weeks' notice before the move.",
    agenda: &[
        topic(
            25,
            "Sample invoices",
            "Ten samples, all sums right; the order number is missing.",
        ),
        topic(
            15,
            "Timing",
            "Accounting closes its month on the fourth working day.",
        ),
    ],
    decisions: &[decision(
        LENA,
        "Hartmann checks the first fifty invoices by hand",
        "After that a sample of five a week is enough.",
    )],
    items: &[
        item(
            "Put the order number on each invoice line",
            InProgress,
            "high",
            Some(JONAS),
            Some(FromToday(4)),
        ),
        item(
            "Send ten more samples with refunds",
            Completed,
            "medium",
            Some(JONAS),
            Some(AfterMeeting(2)),
        ),
        item(
            "Name a contact in accounting",
            Completed,
            "low",
            Some(LENA),
            Some(AfterMeeting(1)),
        ),
    ],
};
