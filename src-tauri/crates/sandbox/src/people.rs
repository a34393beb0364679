//! The pretend users; every face knows the same people.

/// A pretend user. The e-mail domain is reserved for examples (RFC 2606), so nobody can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person {
    /// The value of the consent page's radio button, and the subject (`sub`) of id tokens.
    pub id: &'static str,
    /// The name shown.
    pub name: &'static str,
    /// The e-mail address shown.
    pub email: &'static str,
    /// What they do, for the consent page.
    pub role: &'static str,
}

/// Everyone, in the order of the consent page; the first is preselected.
pub const PEOPLE: &[Person] = &[
    Person {
        id: "ada",
        name: "Ada Byron",
        email: "ada@byron.example",
        role: "Engineering lead, mid-project",
    },
    Person {
        id: "grace",
        name: "Grace Novak",
        email: "grace@novak.example",
        role: "Product designer, between two launches",
    },
    Person {
        id: "noor",
        name: "Noor Lindqvist",
        email: "noor@lindqvist.example",
        role: "Joined today, no summary yet",
    },
];

/// Finds a person by id.
pub(crate) fn find(id: &str) -> Option<&'static Person> {
    PEOPLE.iter().find(|person| person.id == id)
}
