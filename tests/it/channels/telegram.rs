//! Telegram against the double of its Bot API.

use super::contract::FarSide;
use super::place;
use crate::harness::bot_api::{BotApi, Fault, TOKEN};
use serde_json::{Map, Value};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use watchroom::channels::Channel;
use watchroom::channels::telegram::{TelegramChannel, TelegramSettings, escape};

const ADA: i64 = 42;

pub struct TelegramFarSide {
    api: BotApi,
    folder: TempDir,
    /// Takes connections and never says a word.
    silent: TcpListener,
}

impl TelegramFarSide {
    pub async fn start() -> Self {
        let (api, folder) = (BotApi::start().await, tempfile::tempdir().unwrap());
        std::fs::write(folder.path().join("token"), TOKEN).unwrap();
        api.person(ADA, "Ada", "en");
        Self { api, folder, silent: TcpListener::bind("127.0.0.1:0").unwrap() }
    }

    fn open(&self, api_url: String) -> Arc<dyn Channel> {
        let token = format!("file:{}", self.folder.path().join("token").display());
        let settings = [("token", token), ("api_url", api_url)];
        let settings: Map<_, _> =
            settings.map(|(key, value)| (key.to_owned(), Value::from(value))).into_iter().collect();
        let settings = TelegramSettings::from_map(&settings).unwrap();
        Arc::new(TelegramChannel::open(settings, &place()).unwrap())
    }
}

impl FarSide for TelegramFarSide {
    fn channel(&self) -> Arc<dyn Channel> {
        self.open(self.api.url())
    }

    fn address(&self) -> String {
        ADA.to_string()
    }

    async fn accept(&mut self) {
        self.api.block(ADA, false);
        self.api.flood(ADA, Duration::ZERO);
    }

    async fn refuse(&mut self) {
        self.api.block(ADA, true);
    }

    async fn put_off(&mut self) {
        self.accept().await;
        self.api.flood(ADA, Duration::from_secs(60));
    }

    async fn lose_answers(&mut self) {
        self.accept().await;
        self.api.fault("sendmessage", Fault::Dropped);
    }

    async fn silent(&self) -> (Arc<dyn Channel>, Duration) {
        let address = self.silent.local_addr().unwrap();
        (self.open(format!("http://{address}")), Duration::from_secs(40))
    }

    async fn shown(&mut self, count: usize) -> Vec<String> {
        let posted = self.api.posted(ADA);
        assert_eq!(posted.len(), count);
        // Its marks were taken, so that what is in the text was words to the far side.
        assert!(posted.iter().all(|m| m.entities.iter().any(|e| e["type"] == "bold")), "{posted:#?}");
        posted.iter().map(|m| escape(&m.text)).collect()
    }
}
