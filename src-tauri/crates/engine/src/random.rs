//! Randomness from the operating system, and what is drawn from it.

use crate::ports::Random;
use keyfob_domain::authorization::Draws;
use keyfob_domain::refresh::Draw;

/// The operating system's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    #[expect(
        clippy::expect_used,
        reason = "without randomness no sign-in can be made safe; the system promises it"
    )]
    fn fill(&self, buffer: &mut [u8]) {
        getrandom::fill(buffer).expect("the operating system gives random bytes");
    }
}

pub(crate) fn bytes<const N: usize>(random: &dyn Random) -> [u8; N] {
    let mut drawn = [0; N];
    random.fill(&mut drawn);
    drawn
}

pub(crate) fn draw(random: &dyn Random) -> Draw {
    Draw::from_bits(u32::from_le_bytes(bytes(random)))
}

pub(crate) fn attempt_draws(random: &dyn Random) -> Draws {
    Draws {
        state: bytes(random),
        verifier: bytes(random),
        nonce: bytes(random),
    }
}
