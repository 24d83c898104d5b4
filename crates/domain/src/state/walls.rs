//! Links to wall displays are given out and revoked.

use super::State;
use super::decide::Decided;
use crate::command::Command;
use crate::error::Refusal;
use crate::event::{Event, body};
use crate::recorded::RecordedEvent;
use crate::time::Micros;
use crate::wall::{MAX_WALL_LINKS, WallLink};

impl State {
    /// The wall display whose secret has this SHA-256 (hex).
    pub fn wall_by_secret(&self, secret_sha256: &str) -> Option<&WallLink> {
        self.walls.values().find(|wall| wall.secret_sha256 == secret_sha256)
    }

    pub(super) fn decide_walls(&self, command: &Command, now: Micros) -> Decided {
        match command {
            Command::IssueWallLink { link, name, secret_sha256, tag } => {
                if self.walls.contains_key(link) {
                    return Err(Refusal::new("exists", "This link exists already."));
                }
                if self.walls.len() >= MAX_WALL_LINKS {
                    let message = format!("At most {MAX_WALL_LINKS} links; revoke one that is not used.");
                    return Err(Refusal::new("too_many", message));
                }
                let (name, secret_sha256, tag) = (name.clone(), secret_sha256.clone(), tag.clone());
                let wall = WallLink { link: *link, name, secret_sha256, tag, issued_us: now }.checked()?;
                let WallLink { link, name, secret_sha256, tag, .. } = wall;
                Ok(vec![body::WallLinkIssued { link, name, secret_sha256, tag }.into()])
            }
            Command::RevokeWallLink { link } if self.walls.contains_key(link) => {
                Ok(vec![body::WallLinkRevoked { link: *link }.into()])
            }
            _ => Err(Refusal::not_found("link")),
        }
    }

    pub(super) fn apply_walls(&mut self, recorded: &RecordedEvent) {
        match &recorded.event {
            Event::WallLinkIssued(e) => {
                let (name, secret_sha256, tag) = (e.name.clone(), e.secret_sha256.clone(), e.tag.clone());
                let wall = WallLink { link: e.link, name, secret_sha256, tag, issued_us: recorded.ts_us };
                self.walls.insert(e.link, wall);
            }
            Event::WallLinkRevoked(e) => {
                self.walls.remove(&e.link);
            }
            _ => {}
        }
    }
}
