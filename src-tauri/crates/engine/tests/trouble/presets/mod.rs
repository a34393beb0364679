//! The presets: their files, and each through one whole flow in the dialect of its service.

mod files;
