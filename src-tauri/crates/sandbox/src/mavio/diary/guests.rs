//! Who takes part in the pretend meetings. The pretend users are the same as everywhere; the others
//! are those that turn up in what Mio knows of them.

/// A participant. The e-mail domains are reserved for examples (RFC 2606).
#[derive(Debug, Clone, Copy)]
pub(in crate::mavio) struct Guest {
    /// The id of the pretend user where it is one, and a name as short elsewhere.
    pub(in crate::mavio) id: &'static str,
    pub(in crate::mavio) name: &'static str,
    pub(in crate::mavio) email: &'static str,
}

const fn guest(id: &'static str, name: &'static str, email: &'static str) -> Guest {
    Guest { id, name, email }
}

pub(super) const ADA: Guest = guest("ada", "Ada Byron", "ada@byron.example");
pub(super) const GRACE: Guest = guest("grace", "Grace Novak", "grace@novak.example");
pub(super) const TOMAS: Guest = guest("tomas", "Tomas Reyes", "tomas.reyes@analytical.example");
pub(super) const MEI: Guest = guest("mei", "Mei Tanaka", "mei.tanaka@analytical.example");
pub(super) const JONAS: Guest = guest("jonas", "Jonas Weber", "jonas.weber@analytical.example");
pub(super) const SOFIA: Guest = guest("sofia", "Sofia Lund", "sofia.lund@analytical.example");
pub(super) const PRIYA: Guest = guest("priya", "Priya Raman", "priya.raman@analytical.example");
pub(super) const OSKAR: Guest = guest("oskar", "Oskar Lind", "oskar.lind@analytical.example");
pub(super) const LENA: Guest = guest("lena", "Lena Vogt", "lena.vogt@hartmann.example");
pub(super) const HANNAH: Guest = guest(
    "hannah",
    "Hannah Brandt",
    "hannah.brandt@analytical.example",
);
pub(super) const MATEO: Guest = guest("mateo", "Mateo Silva", "mateo.silva@analytical.example");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people;

    #[test]
    fn the_pretend_users_are_the_same_as_everywhere() {
        for guest in [ADA, GRACE] {
            let person = people::find(guest.id).unwrap();
            assert_eq!((guest.name, guest.email), (person.name, person.email));
        }
    }
}
