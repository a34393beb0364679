//! What the pretend Mio knows about the pretend users.
//!
//! Everything is invented; the same people and projects turn up in each other's facts, so that a
//! demonstration holds together.

use std::collections::BTreeSet;

/// What is known about one user.
#[derive(Debug)]
pub(crate) struct Memory {
    first_name: &'static str,
    pub(crate) summary: Option<&'static str>,
    facts: &'static [&'static str],
}

impl Memory {
    /// Answers with the `k` facts that share most words with the question, in the order of their
    /// fit; says so plainly when none does.
    pub(crate) fn answer(&self, query: &str, k: usize) -> String {
        let asked = words(query);
        let mut fitting: Vec<(usize, &str)> = self
            .facts
            .iter()
            .map(|fact| (words(fact).intersection(&asked).count(), *fact))
            .filter(|(shared, _)| *shared > 0)
            .collect();
        // Stable: facts that fit equally well keep the order of the list.
        fitting.sort_by_key(|(shared, _)| std::cmp::Reverse(*shared));
        if fitting.is_empty() {
            return format!(
                "Mio has found nothing about that for {} yet.",
                self.first_name
            );
        }
        let lines: Vec<&str> = fitting.into_iter().take(k).map(|(_, fact)| fact).collect();
        lines.join("\n")
    }
}

/// The memory of a user; an unknown one has an empty memory.
pub(crate) fn of(user: &str) -> &'static Memory {
    match user {
        "ada" => &ADA,
        "grace" => &GRACE,
        _ => &NOBODY_YET,
    }
}

/// Words too common to say what a question is about.
const COMMON: [&str; 44] = [
    "a", "about", "am", "an", "and", "are", "as", "at", "be", "by", "can", "did", "do", "does",
    "for", "from", "has", "have", "her", "how", "i", "in", "is", "it", "know", "me", "my", "next",
    "of", "on", "or", "she", "tell", "that", "the", "this", "to", "what", "when", "where", "which",
    "who", "with", "you",
];

/// The telling words of a text: lower case, plural endings cut, common ones left out.
fn words(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .map(str::to_lowercase)
        .filter(|word| !word.is_empty() && !COMMON.contains(&word.as_str()))
        .map(|word| match word.strip_suffix('s') {
            Some(stem) if stem.len() > 2 && !stem.ends_with('s') => stem.to_owned(),
            Some(_) | None => word,
        })
        .collect()
}

const ADA: Memory = Memory {
    first_name: "Ada",
    summary: Some(
        "Ada Byron leads the four engineers of the Analytical Engine team in London. Most of her \
week goes into Project Difference, the move of the billing calculations to a new service, which is \
due to reach its first ten customers on 12 December. Two things are open: the rounding rules that \
finance has to sign off, and a load test that Tomas Reyes has promised for Thursday.\n\n\
She works most closely with Tomas on the service itself and with Grace Novak on the new invoice \
screens. Her manager, Priya Raman, has asked for a short written status every Friday and prefers a \
risk named early to a date that slips quietly. With the customer side she talks mainly to Lena Vogt \
at Hartmann Logistics, who will be the first to be moved over.\n\n\
Her calendar is fullest on Tuesdays and Thursdays; mornings before ten are kept free for focused \
work, and she turns down meetings without an agenda. She writes short e-mails, answers within a day, \
likes decisions to be written down with their reasons, and is learning Italian for a trip to Turin \
in the spring.",
    ),
    facts: &[
        "Current project: Ada is working on Project Difference, the move of the billing calculations to a new service.",
        "Deadline: Project Difference goes to its first ten customers on 12 December.",
        "Open risk: finance has not yet signed off the rounding rules for Project Difference.",
        "Open task: Tomas Reyes has promised the load test of the billing service for Thursday.",
        "Team: Ada leads four engineers: Tomas Reyes, Mei Tanaka, Jonas Weber and Sofia Lund.",
        "Manager: Priya Raman is Ada's manager and expects a written status every Friday.",
        "Colleague: Grace Novak designs the invoice screens of Project Difference.",
        "Customer: Lena Vogt at Hartmann Logistics is Ada's contact there; they are moved over first.",
        "Meeting: the Project Difference review is every Tuesday at 14:00 with Tomas, Grace and Priya.",
        "Meeting: Ada talks one to one with Priya Raman on Thursdays at 11:00.",
        "Preference: Ada keeps mornings before ten free for focused work and turns down meetings without an agenda.",
        "Preference: Ada writes short e-mails and likes decisions written down with their reasons.",
        "Decision: on 4 November the team chose to run the old and new billing calculations side by side for two weeks.",
        "Travel: Ada plans a trip to Turin in the spring and is learning Italian for it.",
    ],
};

const GRACE: Memory = Memory {
    first_name: "Grace",
    summary: Some(
        "Grace Novak is a product designer in Prague who is just between two launches. The booking \
flow of the mobile app went live at the end of October, and its first numbers look good: fewer \
people leave at the payment step than before. Her next piece of work is the new invoice screens of \
Project Difference, which she designs for Ada Byron's team.\n\n\
This week she is preparing five conversations with customers about those invoices; Lena Vogt at \
Hartmann Logistics has agreed to be the first, on Wednesday. She also looks after the component \
library with Mateo Silva, and has asked twice for a decision on its icon set. Her team lead is \
Hannah Brandt.\n\n\
Grace prefers a quick sketch to a long message and gives comments directly in the drawing. She \
doesn't work on Friday afternoons, and is away from 23 December to 6 January.",
    ),
    facts: &[
        "Current project: Grace is working on the invoice screens of Project Difference for Ada Byron's team.",
        "Launch: the booking flow of the mobile app went live on 29 October; fewer people leave at the payment step.",
        "Meeting: Grace talks with Lena Vogt of Hartmann Logistics about invoices on Wednesday at 10:30.",
        "Research: five conversations with customers about invoices are planned; one is fixed so far.",
        "Meeting: the Project Difference review with Ada Byron is every Tuesday at 14:00.",
        "Team: Hannah Brandt leads Grace's design team; Mateo Silva shares the component library with her.",
        "Open question: the icon set of the component library awaits a decision by Hannah Brandt.",
        "Preference: Grace prefers a quick sketch to a long message and comments directly in the drawing.",
        "Preference: Grace doesn't work on Friday afternoons.",
        "Holiday: Grace is away from 23 December to 6 January.",
    ],
};

const NOBODY_YET: Memory = Memory {
    first_name: "Noor",
    summary: None,
    facts: &[],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_gets_the_facts_that_share_most_of_its_words() {
        let rows = [
            ("Who is my manager?", 1, "Manager: Priya Raman"),
            (
                "What projects am I working on?",
                1,
                "Current project: Ada is working",
            ),
            (
                "when is the project difference REVIEW meeting",
                1,
                "Meeting: the Project Difference",
            ),
            ("Turin", 3, "Travel: Ada plans a trip"),
        ];
        for (query, k, start) in rows {
            let seen = of("ada").answer(query, k);
            assert!(seen.starts_with(start), "{query}: {seen}");
        }
    }

    #[test]
    fn k_bounds_the_number_of_facts() {
        for (k, lines) in [(1, 1), (2, 2), (20, 2)] {
            let seen = of("grace").answer("Preferences?", k);
            assert_eq!(seen.lines().count(), lines, "k = {k}: {seen}");
        }
    }

    #[test]
    fn where_nothing_fits_it_is_said_plainly() {
        assert_eq!(
            of("ada").answer("What is the capital of Peru?", 3),
            "Mio has found nothing about that for Ada yet."
        );
        assert_eq!(
            of("noor").answer("projects", 3),
            "Mio has found nothing about that for Noor yet."
        );
    }
}
