//! Checks that the pictures a story took really show something.
//!
//! It must not compare with stored pictures: fonts differ between machines. The hazard it is
//! against: a test that photographs a blank or the same window twice and passes.

use std::{
    collections::HashMap,
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};

use crate::target_dir;

/// Returns the path of a story's picture, `target/screens/<name>.png`.
pub fn screen_path(name: &str) -> PathBuf {
    target_dir().join("screens").join(format!("{name}.png"))
}

/// Checks that every expected picture is there, shows more than one colour and differs from all
/// the others.
///
/// # Errors
/// Lists every picture that is wrong, with the reason.
pub fn verify_screens(expected: &[&str]) -> Result<()> {
    verify(&target_dir().join("screens"), expected)
}

fn verify(dir: &Path, expected: &[&str]) -> Result<()> {
    ensure!(!expected.is_empty(), "no picture is expected");
    let mut faults = Vec::new();
    let mut seen: HashMap<Picture, &str> = HashMap::new();
    for name in expected {
        match Picture::read(&dir.join(format!("{name}.png"))) {
            Err(error) => faults.push(format!("{name}: {error:#}")),
            Ok(picture) if picture.has_one_colour() => {
                faults.push(format!("{name}: it has a single colour"));
            }
            Ok(picture) => {
                if let Some(twin) = seen.insert(picture, name) {
                    faults.push(format!("{name}: it equals {twin}"));
                }
            }
        }
    }
    ensure!(
        faults.is_empty(),
        "{} of {} pictures are wrong:\n{}",
        faults.len(),
        expected.len(),
        faults.join("\n")
    );
    Ok(())
}

#[derive(PartialEq, Eq, Hash)]
struct Picture {
    width: u32,
    bytes_per_pixel: usize,
    pixels: Vec<u8>,
}

impl Picture {
    fn read(path: &Path) -> Result<Self> {
        let file = File::open(path).with_context(|| format!("can't open {}", path.display()))?;
        let mut decoder = png::Decoder::new(BufReader::new(file));
        // Whatever program wrote it: eight bits a channel, no palette.
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().context("not a PNG")?;
        let size = reader.output_buffer_size().context("too large")?;
        let mut pixels = vec![0; size];
        let frame = reader.next_frame(&mut pixels).context("a broken PNG")?;
        pixels.truncate(frame.buffer_size());
        Ok(Self {
            width: frame.width,
            bytes_per_pixel: frame.color_type.samples(),
            pixels,
        })
    }

    fn has_one_colour(&self) -> bool {
        let mut pixels = self.pixels.chunks_exact(self.bytes_per_pixel);
        let first = pixels.next();
        pixels.all(|pixel| Some(pixel) == first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(dir: &Path, name: &str, pixels: &[u8; 4]) {
        let file = File::create(dir.join(format!("{name}.png"))).unwrap();
        let mut encoder = png::Encoder::new(file, 2, 2);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(pixels).unwrap();
    }

    fn fault(expected: &[&str]) -> Option<String> {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "light", &[0, 1, 2, 3]);
        write(dir.path(), "dark", &[3, 2, 1, 0]);
        write(dir.path(), "light-again", &[0, 1, 2, 3]);
        write(dir.path(), "blank", &[9, 9, 9, 9]);
        std::fs::write(dir.path().join("text.png"), "no picture").unwrap();
        verify(dir.path(), expected)
            .err()
            .map(|error| error.to_string())
    }

    #[test]
    fn different_pictures_that_show_something_pass() {
        assert_eq!(fault(&["light", "dark"]), None);
    }

    #[test]
    fn every_wrong_picture_is_named_with_its_reason() {
        for (expected, reason) in [
            (vec!["absent", "dark"], "absent: can't open"),
            (vec!["blank", "dark"], "blank: it has a single colour"),
            (vec!["light", "light-again"], "light-again: it equals light"),
            (vec!["text"], "text: not a PNG"),
            (vec![], "no picture is expected"),
        ] {
            let fault = fault(&expected).unwrap_or_default();
            assert!(fault.contains(reason), "{expected:?}: {fault}");
        }
    }
}
