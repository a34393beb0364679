//! Cells of one exchange, walked through one after the other: an account meets a fault, its tokens are
//! looked at, and without the fault the next try has to work with them.
//!
//! A cell begins with an account that has just been seen to work: that of the cell before, or a new
//! one if that went wrong.

use crate::account::{Account, Machine, code};
use crate::proxy::{Exchange, Fault, Proxy};
use crate::sandbox::Served;
use keyfob_domain::authorization::Step;
use keyfob_domain::error::Problem;
use keyfob_domain::id::ConnectionId;
use keyfob_engine::Ending;
use keyfob_sandbox::Face;
use std::sync::Arc;
use std::time::Duration;

/// After so long the user may have another try, and no provider's rest lasts (SECURITY 59, 60).
const A_WHILE: Duration = Duration::from_secs(121);
/// How long a provider takes the refresh token before the last one, where an answer can get lost.
const GRACE: Duration = Duration::from_secs(3600);

pub(super) struct Lane {
    machine: Arc<Machine>,
    number: usize,
    exchange: Exchange,
}

/// What a cell needs.
struct Place {
    served: Served,
    proxy: Proxy,
    account: Account,
    /// Whether limits are short.
    hurried: bool,
}

impl Lane {
    pub(super) fn new(machine: Arc<Machine>, number: usize, exchange: Exchange) -> Self {
        Self {
            machine,
            number,
            exchange,
        }
    }

    /// Gives what isn't as the table says.
    pub(super) async fn walk(self, faults: &'static [Fault]) -> Vec<String> {
        let (mut all, mut place, mut known) = (Vec::new(), None, None);
        for fault in faults {
            let fits = place
                .take()
                .filter(|place: &Place| place.hurried == fault.lasts);
            let mut here = match fits {
                Some(place) => place,
                None => {
                    known = None;
                    self.place(fault.lasts).await
                }
            };
            let id = match known {
                Some(id) => id,
                None => {
                    let id = here.account.sign_in(None).await.connection();
                    id.expect("Ada is connected")
                }
            };
            let wrong = self.meet(&mut here, fault, id).await;
            // What was revoked is no more.
            known = Some(id).filter(|_| self.exchange != Exchange::Revoke);
            if wrong.is_empty() {
                place = Some(here);
            } else {
                let label = format!("{:?} × {}", self.exchange, fault.name);
                all.push(format!("{label}: {}", wrong.join("; ")));
                known = None;
            }
        }
        if let Some(place) = place {
            place.account.clear_away(known).await;
        }
        all
    }

    async fn place(&self, hurried: bool) -> Place {
        let face = match self.exchange {
            Exchange::Code | Exchange::Refresh | Exchange::MioSummary | Exchange::MioQuestion => {
                Face::Mio
            }
            Exchange::MavioMeetings | Exchange::MavioActionItems => Face::Mavio,
            Exchange::Revoke => Face::Oauth,
        };
        let served = Served::start().await;
        let proxy = Proxy::before(&served.base).await;
        let network = if hurried {
            &self.machine.hurried_network
        } else {
            &self.machine.network
        };
        let (base, network) = (&proxy.base, network.clone());
        let account = Account::new(&self.machine, &served, base, face, self.number, network).await;
        Place {
            served,
            proxy,
            account,
            hurried,
        }
    }

    /// One cell.
    async fn meet(
        &self,
        place: &mut Place,
        fault: &'static Fault,
        id: ConnectionId,
    ) -> Vec<String> {
        // A strict provider shows that the last token issued is there. One that is strict and loses an
        // answer ends the grant, which is its right (RFC 9700 §4.14.2).
        place
            .served
            .sandbox
            .manners(|manners| manners.rotation_grace = fault.has_effect.then_some(GRACE));
        let account = &place.account;
        let before = account.tokens(id).await;
        place.proxy.arm(self.exchange, fault).await;
        let outcome = self.act(account, id).await;
        let after = account.tokens(id).await;
        let happened = place.proxy.disarm().await;

        let mut wrong = Vec::new();
        let told = fault.told.at(self.exchange);
        if code(outcome.as_ref().err()) != told {
            wrong.push(format!("told {outcome:?} and not {told}"));
        }
        if happened == 0 {
            wrong.push("the fault never happened".to_owned());
        }
        if place.proxy.strayed() > 0 {
            wrong.push("a redirect was followed".to_owned());
        }
        let worked = told == "-" && self.replaces_tokens();
        if (after == before) == worked {
            wrong.push(format!("the tokens are others: {}", after != before));
        }
        if self.exchange == Exchange::Revoke && worked {
            return wrong;
        }
        account.clock.pass(A_WHILE);
        wrong.extend(self.next_try(account, id).await.err());
        wrong
    }

    fn replaces_tokens(&self) -> bool {
        match self.exchange {
            Exchange::Code | Exchange::Refresh | Exchange::Revoke => true,
            Exchange::MioSummary
            | Exchange::MioQuestion
            | Exchange::MavioMeetings
            | Exchange::MavioActionItems => false,
        }
    }

    async fn act(&self, account: &Account, id: ConnectionId) -> Result<(), Problem> {
        match self.exchange {
            Exchange::Code => {
                let again = account.sign_in(Some(id)).await;
                if let Step::Failed(problem) = again.step {
                    return Err(problem);
                }
                assert_eq!(again.connection(), Some(id), "{:?}", again.step);
                Ok(())
            }
            Exchange::Refresh => account.engine.renew(id).await,
            Exchange::Revoke => account.engine.revoke(id, Ending::Now).await,
            Exchange::MioSummary | Exchange::MavioMeetings | Exchange::MavioActionItems => {
                account.read(id).await
            }
            Exchange::MioQuestion => {
                let answer = account.engine.ask(id, "What am I working on?".to_owned());
                answer.await.map(drop)
            }
        }
    }

    /// The same once more without the fault; and the refresh token that was kept is good.
    async fn next_try(&self, account: &Account, id: ConnectionId) -> Result<(), String> {
        let failed = |problem: Problem| format!("the next try failed: {problem:?}");
        if self.exchange == Exchange::Revoke {
            self.act(account, id).await.map_err(failed)?;
            return match account.tokens(id).await {
                None => Ok(()),
                Some(_) => Err("the tokens are left".to_owned()),
            };
        }
        let kept = account.engine.renew(id).await;
        kept.map_err(|problem| format!("what was kept is no good: {problem:?}"))?;
        if self.exchange == Exchange::Refresh {
            return Ok(());
        }
        self.act(account, id).await.map_err(failed)
    }
}
