//! The servers that others have written, for the tests: their packages, in `tests/peers`.
//!
//! Hazard: a virtual environment stands on the Python that made it. When that is gone its interpreter is a
//! link to nowhere, and it is made anew with all that was in it.

use anyhow::Result;

use crate::{
    product::{Product, hash_of, read},
    workspace::{root, target_dir},
};

/// oidc-provider, in `tests/peers/oidc/node_modules`.
pub(crate) fn oidc() -> Result<Product> {
    Product::packages("tests/peers/oidc", "peers/oidc.stamp")
}

/// oauth2-mock-server, in `tests/peers/mock/node_modules`.
pub(crate) fn mock() -> Result<Product> {
    Product::packages("tests/peers/mock", "peers/mock.stamp")
}

/// An empty virtual environment, `tests/peers/django/venv`.
pub(crate) fn python() -> Product {
    let dir = root().join("tests/peers/django");
    Product {
        program: "python3".to_owned(),
        arguments: &["-m", "venv", "--clear", "venv"],
        result: dir.join("venv/bin/python"),
        stamp: target_dir().join("peers/python.stamp"),
        hash: hash_of(&[]),
        dir,
    }
}

/// django-oauth-toolkit in it, as `requirements.txt` pins it: wheels with known hashes, and no others.
pub(crate) fn django() -> Result<Product> {
    let dir = root().join("tests/peers/django");
    Ok(Product {
        program: dir.join("venv/bin/python").to_string_lossy().into_owned(),
        arguments: &[
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--only-binary=:all:",
            "--require-hashes",
            "--requirement=requirements.txt",
        ],
        result: dir.join("venv/bin/django-admin"),
        stamp: target_dir().join("peers/django.stamp"),
        hash: hash_of(&[read(dir.join("requirements.txt"))?]),
        dir,
    })
}
