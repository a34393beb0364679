//! Which addresses a name has.

use async_trait::async_trait;
use std::net::IpAddr;

/// Looks up names.
#[async_trait]
pub trait Resolver: Send + Sync {
    /// Gives every address of a host.
    ///
    /// # Errors
    /// Technical text.
    async fn resolve(&self, host: &str) -> Result<Vec<IpAddr>, String>;
}

/// The operating system's way of looking up names.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

#[async_trait]
impl Resolver for SystemResolver {
    async fn resolve(&self, host: &str) -> Result<Vec<IpAddr>, String> {
        // The port decides nothing; the call wants one.
        let found = tokio::net::lookup_host((host, 443)).await;
        let mut all = Vec::new();
        for address in found.map_err(|error| error.to_string())? {
            if !all.contains(&address.ip()) {
                all.push(address.ip());
            }
        }
        Ok(all)
    }
}
