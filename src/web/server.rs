//! Serves the console on listeners that are bound already.

use super::answer::WebError;
use super::body;
use super::context::Web;
use super::crowd::Shares;
use super::feed::LOST;
use super::feed::line::keep;
use super::guard::guard;
use super::routes::configure;
use actix_web::dev::ServerHandle;
use actix_web::error::UrlencodedError;
use actix_web::middleware::{Compress, from_fn};
use actix_web::{App, HttpResponse, HttpServer, web};
use rustls::ServerConfig;
use rustls::server::ResolvesServerCert;
use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

/// Longest form or query, in bytes.
const BODY: usize = 64 * 1024;
/// Threads that serve.
const WORKERS: usize = 2;
/// Connections of browsers at a time, a worker.
const CONNECTIONS: usize = 2_000;
/// Of these, connections from one address.
const OF_ADDRESS: usize = WORKERS * CONNECTIONS / 4;
/// Time for a request's head.
const HEAD: Duration = Duration::from_secs(10);
/// Time for requests under way when the hub stops.
const STOPPING_S: u64 = 2;

/// A running console.
pub struct Console(ServerHandle);

impl Console {
    /// Stops it; requests under way may end.
    pub async fn stop(&self) {
        self.0.stop(true).await;
    }
}

/// TLS of the console.
pub struct ConsoleTls {
    /// Chooses the certificate for each handshake, so that it can be renewed.
    pub certificates: Arc<dyn ResolvesServerCert>,
}

impl ConsoleTls {
    fn config(&self) -> Result<ServerConfig, rustls::Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?;
        let mut config = builder.with_no_client_auth().with_cert_resolver(self.certificates.clone());
        config.ignore_client_order = true;
        Ok(config)
    }
}

/// Begins to serve; must be called inside an actix system.
///
/// # Errors
/// When a listener cannot be used.
pub fn serve(
    web: Web,
    console: TcpListener,
    plain: Option<TcpListener>,
    tls: &ConsoleTls,
) -> io::Result<Console> {
    let shares = Shares::new(OF_ADDRESS, web.tuning.clone());
    let shared = web::Data::new(web);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(shared.clone())
            .app_data(web::FormConfig::default().limit(BODY).error_handler(|error, _| match &error {
                UrlencodedError::Payload(cause) if body::was_late(cause) => WebError::Late.into(),
                _ => error.into(),
            }))
            .app_data(web::PayloadConfig::new(BODY))
            .app_data(web::PathConfig::default().error_handler(|_, _| WebError::NotFound.into()))
            .app_data(web::QueryConfig::default().error_handler(|_, _| WebError::Bad("query").into()))
            .wrap(from_fn(body::limit))
            .wrap(from_fn(guard))
            .wrap(Compress::default())
            .configure(configure)
            .default_service(web::to(HttpResponse::NotFound))
    })
    .on_connect(move |connection, kept| keep(connection, kept, LOST, &shares))
    .workers(WORKERS)
    .max_connections(CONNECTIONS)
    .client_request_timeout(HEAD)
    .shutdown_timeout(STOPPING_S)
    .disable_signals()
    .server_hostname("watchroom");
    let mut server = server.listen_rustls_0_23(console, tls.config().map_err(io::Error::other)?)?;
    if let Some(plain) = plain {
        server = server.listen(plain)?;
    }
    let running = server.run();
    let handle = running.handle();
    actix_rt::spawn(running);
    Ok(Console(handle))
}
