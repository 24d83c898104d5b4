use super::*;
use crate::hub::Hub;

#[tokio::test]
async fn addresses_are_tried_in_order() {
    let hub = Hub::start().await;
    let dead = Hub::start().await.address();
    let dir = tempfile::tempdir().unwrap();
    let token = hub.token(&[dead.to_string(), hub.address().to_string()]);
    let (identity, ()) = tokio::join!(join(&token, dir.path()), hub.enrol(0, 90));
    assert_eq!(identity.unwrap().addresses.len(), 2);
}

#[tokio::test]
async fn joining_again_replaces_the_identity_only_by_a_new_one() {
    let (hub, other) = (Hub::start().await, Hub::start().await);
    let dir = tempfile::tempdir().unwrap();
    let token = hub.token(&[hub.address().to_string()]);
    let (before, ()) = tokio::join!(join(&token, dir.path()), hub.enrol(1, 90));
    let before = before.unwrap();
    let refuse = async {
        let mut peer = hub.accept().await;
        peer.welcome(0).await;
        assert!(matches!(peer.frame().await, Some(ClientFrame::Join(join)) if join.token == token));
        peer.send(HubFrame::error("token_expired", "Ask for a new one.", None)).await;
    };
    let (result, ()) = tokio::join!(join(&token, dir.path()), refuse);
    assert!(matches!(result, Err(AgentError::Refused { code, .. }) if code == "token_expired"));
    // A token of this hub that leads to another one: the fingerprint does not fit.
    let wrong = hub.token(&[other.address().to_string()]);
    let result = tokio::select! {
        result = join(&wrong, dir.path()) => result,
        _ = other.accept() => panic!("the agent must not trust another hub"),
    };
    assert!(matches!(result, Err(AgentError::Unreachable(_))), "{result:?}");
    assert!(matches!(join("wr1-x", dir.path()).await, Err(AgentError::Token(_))));
    assert_eq!(Identity::load(dir.path()).unwrap(), before);
    let (result, ()) = tokio::join!(join(&token, dir.path()), hub.enrol(0, 90));
    assert_eq!(Identity::load(dir.path()).unwrap(), result.unwrap());
    assert_ne!(Identity::load(dir.path()).unwrap(), before);
}
