//! Lists that may be long: shown page by page, searched and sorted by their address.

use super::inside::{Inside, in_system};
use crate::harness::http::Http;
use watchroom::clock::Clock as _;
use watchroom_domain::*;

const PEOPLE: [(&str, Role); 1] = [("admin", Role::Administrator)];
/// More than one page.
const MANY: usize = 60;

async fn page(visitor: &mut Http, path: &str) -> String {
    let answer = visitor.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    let (_, rest) = answer.body.split_once("<main").unwrap();
    rest.split_once("</main>").unwrap().0.to_owned()
}

/// Where the next page is.
fn next(page: &str) -> Option<String> {
    let href = page.split("rel=\"next\" href=\"").nth(1)?.split('"').next()?;
    Some(href.replace("&#38;", "&").replace("&amp;", "&"))
}

/// Walks through a list that holds so many rows, each in its turn, and looks for one of them.
async fn holds(visitor: &mut Http, path: &str, row: &str, sorts: [&str; 2]) {
    let first = page(visitor, path).await;
    assert_eq!(first.matches(row).count(), 50, "{path}: {first}");
    assert!(first.contains("item-00") && !first.contains("item-59"), "{path}");
    let second = next(&first).unwrap_or_else(|| panic!("no second page: {first}"));
    assert!(second.starts_with(&format!("{path}?")), "{second}");
    let second = page(visitor, &second).await;
    assert_eq!((second.matches(row).count(), next(&second)), (MANY - 50, None), "{path}: {second}");
    assert!(second.contains("item-59"), "{path}");
    let found = page(visitor, &format!("{path}?q=ITEM-42")).await;
    assert!(found.matches(row).count() == 1 && found.contains("item-42"), "{path}: {found}");
    let none = page(visitor, &format!("{path}?q=nothing+of+the+kind")).await;
    assert!(none.matches(row).count() == 0 && none.contains("Nothing that fits"), "{path}: {none}");
    for sort in sorts {
        let turned = page(visitor, &format!("{path}?sort={sort}&dir=desc")).await;
        let (last, first) = (turned.find("item-59"), turned.find("item-58"));
        assert!(last.is_some() && last < first && !turned.contains("item-00"), "{path} by {sort}: {turned}");
        assert!(next(&turned).unwrap().contains(&format!("sort={sort}&dir=desc")), "{path}");
    }
}

#[test]
fn those_who_are_told_are_listed_page_by_page() {
    in_system(async {
        let inside = Inside::with_people(&PEOPLE).await;
        for n in 0..MANY {
            let subscription = SubscriptionId::derived(&[&n.to_string()]);
            let command = Command::Subscribe {
                subscription,
                subject: SubjectId(subscription.0),
                channel: "email".to_owned(),
                address: format!("item-{n:02}@example.org"),
                at_least: if n == 59 { Severity::Critical } else { Severity::Warning },
                scope: Scope::Everywhere,
                quiet: None,
            };
            inside.tell(command).await;
        }
        let mut admin = inside.signed_in("admin").await;
        let path = "/channels/email";
        holds(&mut admin, path, "<li id=\"sub-", ["address", "address"]).await;
        let critical = page(&mut admin, &format!("{path}?least=critical")).await;
        assert!(critical.contains("item-59") && critical.matches("<li id=\"sub-").count() == 1, "{critical}");
        let unknown = page(&mut admin, &format!("{path}?least=bogus")).await;
        assert!(unknown.contains("This choice is not known") && !unknown.contains("<li id=\"sub-"));
        inside.hub.stop().await;
    });
}

#[test]
fn displays_and_silences_are_listed_page_by_page() {
    in_system(async {
        let inside = Inside::with_people(&PEOPLE).await;
        let now = inside.clock.now_us();
        for n in 0..MANY {
            let name = format!("item-{n:02}");
            let silence = SilenceId::derived(&[&name]);
            let until_us = now + (n as Micros + 1) * HOUR_US;
            let scope = Scope::Everywhere;
            inside
                .tell(Command::BeginSilence { silence, scope, rule: None, until_us, reason: name.clone() })
                .await;
            let link = WallLinkId::derived(&[&name]);
            let secret_sha256 = "0".repeat(62) + &format!("{n:02}");
            inside.tell(Command::IssueWallLink { link, name, tag: None, secret_sha256 }).await;
        }
        let mut admin = inside.signed_in("admin").await;
        holds(&mut admin, "/walls", "<li id=\"wall-", ["name", "issued"]).await;
        holds(&mut admin, "/silences", "<li id=\"silence-", ["until", "begun"]).await;
        // What changes is fetched again as it was asked for.
        let shown = page(&mut admin, "/silences?q=item&sort=begun&dir=asc").await;
        assert!(shown.contains("hx-get=\"/silences?q=item&#38;sort=begun&#38;dir=asc\""), "{shown}");
        inside.hub.stop().await;
    });
}
