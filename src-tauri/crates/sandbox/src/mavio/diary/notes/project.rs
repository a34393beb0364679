//! Notes of the meetings of Project Difference.

use super::Due::{AfterMeeting, FromToday};
use super::Status::{Completed, InProgress, Pending};
use super::{Notes, decision, item, topic};
use crate::mavio::diary::guests::{ADA, GRACE, MEI, OSKAR, TOMAS};

pub(in crate::mavio::diary) static ROUNDING: Notes = Notes {
    overview: "Finance and the team went through the rounding rules of Project Difference line by \
line. Oskar agrees with all of them but the one for partial refunds, where the old system rounds \
each line and the new one the sum. A signed list is within reach this week.",
    agenda: &[
        topic(
            20,
            "Rules one by one",
            "Eleven of twelve rules are the same in both systems.",
        ),
        topic(
            15,
            "Partial refunds",
            "Rounding the sum is correct by law; old invoices stay as they are.",
        ),
    ],
    decisions: &[
        decision(
            OSKAR,
            "Partial refunds are rounded once, on the sum",
            "It is what the tax office expects, and differs by a cent at most.",
        ),
        decision(
            ADA,
            "Invoices that are already out are not recalculated",
            "No customer should see a corrected cent.",
        ),
    ],
    items: &[
        item(
            "Sign off the list of rounding rules",
            Pending,
            "high",
            Some(OSKAR),
            Some(FromToday(2)),
        ),
        item(
            "Write the refund rule down with its reason",
            InProgress,
            "medium",
            Some(ADA),
            Some(FromToday(1)),
        ),
        item(
            "Send the twelve rules to finance",
            Completed,
            "medium",
            Some(TOMAS),
            Some(AfterMeeting(0)),
        ),
    ],
};

pub(in crate::mavio::diary) static REVIEW_1: Notes = Notes {
    overview: "Project Difference is on its way to the first ten customers. The service itself is \
ready; the rounding rules and the load test are still open. Grace showed the second version of the \
invoice screens, which the group liked for their shorter table.",
    agenda: &[
        topic(
            15,
            "State of the service",
            "All calculations run; the nightly comparison finds three differences, all explained.",
        ),
        topic(
            20,
            "Invoice screens",
            "The table has five columns instead of nine; taxes fold away.",
        ),
        topic(
            10,
            "Risks",
            "Finance has not signed off; the load test needs a machine of its own.",
        ),
    ],
    decisions: &[
        decision(
            ADA,
            "Hartmann Logistics is moved over first",
            "Lena Vogt's team has offered to check the first invoices by hand.",
        ),
        decision(
            GRACE,
            "Taxes fold away in the invoice table",
            "Four of five people looked for the total first.",
        ),
    ],
    items: &[
        item(
            "Run the load test with a month of real volume",
            InProgress,
            "high",
            Some(TOMAS),
            Some(FromToday(3)),
        ),
        item(
            "Show the folded taxes to two customers",
            Pending,
            "medium",
            Some(GRACE),
            Some(FromToday(6)),
        ),
        item(
            "Explain the three differences in the status report",
            Completed,
            "medium",
            Some(ADA),
            Some(AfterMeeting(3)),
        ),
        item(
            "Book a machine for the load test",
            Completed,
            "low",
            Some(TOMAS),
            Some(AfterMeeting(1)),
        ),
    ],
};

pub(in crate::mavio::diary) static REVIEW_2: Notes = Notes {
    overview: "The comparison of old and new calculations ran a whole week without a break. Two kinds \
of differences are left, and both come from the old system. The first invoice screens were looked \
at in the browser.",
    agenda: &[
        topic(
            25,
            "Comparison",
            "Two kinds of differences, 41 invoices out of 18,000.",
        ),
        topic(
            20,
            "Invoice screens",
            "Long customer names break the header; the rest holds.",
        ),
    ],
    decisions: &[decision(
        TOMAS,
        "Differences below one cent are not reported",
        "They are rounding in the old system and hide the real ones.",
    )],
    items: &[
        item(
            "Filter differences below one cent",
            Completed,
            "high",
            Some(TOMAS),
            Some(AfterMeeting(2)),
        ),
        item(
            "Make the invoice header wrap long names",
            Completed,
            "medium",
            Some(GRACE),
            Some(AfterMeeting(3)),
        ),
        item(
            "Tell Priya about the 41 invoices",
            Completed,
            "low",
            Some(ADA),
            Some(AfterMeeting(1)),
        ),
    ],
};

pub(in crate::mavio::diary) static REVIEW_3: Notes = Notes {
    overview: "The group agreed on what must be true before the first customer is moved: a week of \
clean comparison, signed rounding rules, and a way back within an hour.",
    agenda: &[
        topic(
            30,
            "Conditions for the move",
            "Three conditions, each with a name beside it.",
        ),
        topic(
            15,
            "The way back",
            "The old system keeps running; a switch per customer turns back.",
        ),
    ],
    decisions: &[decision(
        ADA,
        "Each customer can be switched back within an hour",
        "A late invoice is worse than a week of delay.",
    )],
    items: &[
        item(
            "Rehearse the way back with one test customer",
            Pending,
            "medium",
            Some(MEI),
            Some(FromToday(-2)),
        ),
        item(
            "Write the three conditions into the plan",
            Completed,
            "medium",
            Some(ADA),
            Some(AfterMeeting(1)),
        ),
        item(
            "Add a switch per customer",
            Completed,
            "high",
            Some(TOMAS),
            Some(AfterMeeting(6)),
        ),
    ],
};

pub(in crate::mavio::diary) static SIDE_BY_SIDE: Notes = Notes {
    overview: "The team chose to run the old and the new billing calculations side by side for two \
weeks before anyone is moved, and to compare every invoice each night.",
    agenda: &[
        topic(
            35,
            "How to be sure",
            "Tests alone don't know the odd contracts; real invoices do.",
        ),
        topic(25, "What it costs", "Two weeks, and one more machine."),
    ],
    decisions: &[decision(
        ADA,
        "Old and new calculations run side by side for two weeks",
        "Every difference is explained before a customer sees it.",
    )],
    items: &[
        item(
            "Switch the comparison off once it is no longer needed",
            Pending,
            "low",
            None,
            None,
        ),
        item(
            "Compare all invoices each night",
            Completed,
            "high",
            Some(TOMAS),
            Some(AfterMeeting(5)),
        ),
        item(
            "Order one more machine",
            Completed,
            "medium",
            Some(MEI),
            Some(AfterMeeting(2)),
        ),
    ],
};
