//! The contract: accepted is accepted, refused is final, silence ends within the limit, and nothing
//! that a machine says becomes markup.

use super::{email::EmailFarSide, notice, telegram::TelegramFarSide};
use std::sync::Arc;
use std::time::{Duration, Instant};
use watchroom::channels::memory::{Behaviour, MemoryChannel};
use watchroom::channels::{Channel, Notice, SendError};

/// The other end of a channel.
pub trait FarSide {
    /// The channel that leads to it.
    fn channel(&self) -> Arc<dyn Channel>;
    /// Somebody's address there.
    fn address(&self) -> String {
        notice(0).address
    }
    /// From now on it takes what it is told.
    async fn accept(&mut self);
    /// From now on it refuses the recipient for good.
    async fn refuse(&mut self);
    /// From now on it has no time.
    async fn put_off(&mut self);
    /// From now on it takes what it is told and loses the answer.
    async fn lose_answers(&mut self);
    /// A channel to a far side that says nothing at all, and how long it may take to give up.
    async fn silent(&self) -> (Arc<dyn Channel>, Duration);
    /// Everything that it has taken, as it would be shown.
    async fn shown(&mut self, count: usize) -> Vec<String>;
}

const HOSTILE: &str = "<script>alert(1)</script>\r\nBcc: eve@example.org\r\n\r\n<b>'\"&";

async fn holds(far: &mut impl FarSide) {
    let (channel, address) = (far.channel(), far.address());
    let notice = |number| Notice { address: address.clone(), ..notice(number) };
    assert!(!channel.descriptor().name.is_empty());

    far.accept().await;
    let receipt = channel.send(&notice(1)).await.unwrap();
    assert!(!receipt.answer.is_empty());
    assert_eq!(far.shown(1).await.len(), 1);

    far.refuse().await;
    let refused = channel.send(&notice(2)).await.unwrap_err();
    assert!(matches!(&refused, SendError::Refused(_) | SendError::Gone(_)), "{refused:?}");

    far.put_off().await;
    let later = channel.send(&notice(3)).await.unwrap_err();
    assert!(matches!(&later, SendError::Later(_) | SendError::Wait { .. }), "{later:?}");

    far.lose_answers().await;
    let open = channel.send(&notice(4)).await.unwrap_err();
    assert!(matches!(&open, SendError::Ambiguous(_)), "{open:?}");
    for error in [&refused, &later, &open] {
        assert!(!error.to_string().contains('@'), "an address in {error}");
    }

    far.accept().await;
    let mut hostile = notice(5);
    let everywhere = [
        &mut hostile.subject,
        &mut hostile.state,
        &mut hostile.headline,
        &mut hostile.name,
        &mut hostile.footer,
    ];
    everywhere.into_iter().for_each(|text| *text = HOSTILE.to_owned());
    hostile.sentences = vec![HOSTILE.to_owned()];
    hostile.facts = vec![(HOSTILE.to_owned(), HOSTILE.to_owned())];
    channel.send(&hostile).await.unwrap();
    let shown = far.shown(3).await;
    let last = shown.last().unwrap();
    assert!(!last.contains("<script>") && !last.contains("<b>"), "{last}");

    let (silent, limit) = far.silent().await;
    let begun = Instant::now();
    let late = silent.send(&notice(6)).await.unwrap_err();
    assert!(!matches!(&late, SendError::Refused(_)), "{late:?}");
    assert!(begun.elapsed() < limit, "{:?}", begun.elapsed());
}

struct MemoryFarSide(MemoryChannel);

impl FarSide for MemoryFarSide {
    fn channel(&self) -> Arc<dyn Channel> {
        Arc::new(self.0.clone())
    }

    async fn accept(&mut self) {
        self.0.behave(Behaviour::Accept);
    }

    async fn refuse(&mut self) {
        self.0.behave(Behaviour::Fail(SendError::Refused("no such recipient".to_owned())));
    }

    async fn put_off(&mut self) {
        self.0.behave(Behaviour::Fail(SendError::Later("no time".to_owned())));
    }

    async fn lose_answers(&mut self) {
        self.0.behave(Behaviour::AcceptSilently);
    }

    async fn silent(&self) -> (Arc<dyn Channel>, Duration) {
        let channel = MemoryChannel::with_limit(Duration::from_millis(20));
        channel.behave(Behaviour::Hang);
        (Arc::new(channel), Duration::from_secs(10))
    }

    async fn shown(&mut self, count: usize) -> Vec<String> {
        let notices = self.0.notices();
        assert_eq!(notices.len(), count);
        // It shows identifiers only, so nothing has to be escaped.
        notices.iter().map(|notice| notice.delivery.to_string()).collect()
    }
}

#[tokio::test]
async fn memory_holds_the_contract() {
    holds(&mut MemoryFarSide(MemoryChannel::default())).await;
}

#[tokio::test]
async fn email_over_starttls_holds_the_contract() {
    holds(&mut EmailFarSide::start(crate::harness::smtp::Security::StartTls).await).await;
}

#[tokio::test]
async fn email_over_implicit_tls_holds_the_contract() {
    holds(&mut EmailFarSide::start(crate::harness::smtp::Security::Implicit).await).await;
}

#[tokio::test]
async fn telegram_holds_the_contract() {
    holds(&mut TelegramFarSide::start().await).await;
}

#[tokio::test]
async fn webhooks_in_every_template_hold_the_contract() {
    for template in ["plain", "ntfy", "slack", "discord", "dingtalk", "wecom", "feishu"] {
        holds(&mut super::webhook::WebhookFarSide::start(template).await).await;
    }
}
