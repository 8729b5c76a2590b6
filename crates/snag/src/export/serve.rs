//! The HTTP side: a few pages, for clients that may be slow, many or hostile.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ACCEPT, ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use super::encode::{Format, preferred};

/// Further clients wait until one has gone.
const CLIENTS: usize = 64;
/// A client has so long to say what it wants ...
const HEADER: Duration = Duration::from_secs(5);
/// ... and to have its answer. Reading the processes takes a part of it.
const WHOLE: Duration = Duration::from_secs(30);
/// No honest request is longer.
const LONGEST_HEADER: usize = 16 << 10;

/// What `/metrics` answers in a format.
pub(super) type Metrics = dyn Fn(Format) -> String + Send + Sync;

/// Answers until it is dropped.
pub(super) async fn serve(listener: TcpListener, metrics: Arc<Metrics>) -> Infallible {
    let clients = Arc::new(Semaphore::new(CLIENTS));
    loop {
        // Nobody closes the semaphore, so there always is a place in the end.
        let place = clients.clone().acquire_owned().await;
        match listener.accept().await {
            Ok((stream, _)) => {
                let metrics = metrics.clone();
                tokio::spawn(async move {
                    // Whoever is too slow or talks nonsense has only himself to blame.
                    let _ = timeout(WHOLE, answer_all(stream, metrics)).await;
                    drop(place);
                });
            }
            // Out of files, or the client is gone already.
            Err(_) => sleep(Duration::from_millis(50)).await,
        }
    }
}

async fn answer_all(stream: TcpStream, metrics: Arc<Metrics>) -> hyper::Result<()> {
    let service = service_fn(move |request| {
        let metrics = metrics.clone();
        async move { Ok::<_, Infallible>(answer(&request, metrics).await) }
    });
    let mut connection = http1::Builder::new();
    // A scraper comes every few seconds: a connection that is kept would take the place of another client.
    connection
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER)
        .max_buf_size(LONGEST_HEADER)
        .keep_alive(false);
    connection.serve_connection(TokioIo::new(stream), service).await
}

async fn answer(request: &Request<Incoming>, metrics: Arc<Metrics>) -> Response<Full<Bytes>> {
    let known = ["/", "/metrics", "/-/healthy"];
    let path = request.uri().path();
    if !known.contains(&path) {
        return page(StatusCode::NOT_FOUND, TEXT, "there is only /metrics here\n".to_owned());
    }
    if *request.method() != Method::GET && *request.method() != Method::HEAD {
        let mut response = page(StatusCode::METHOD_NOT_ALLOWED, TEXT, "only GET and HEAD\n".to_owned());
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    match path {
        "/metrics" => {
            let accept: Vec<&str> =
                request.headers().get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
            let format = preferred(&accept.join(","));
            // Reading processes takes its time, and others want to be told meanwhile that all is well.
            match tokio::task::spawn_blocking(move || metrics(format)).await {
                Ok(text) => page(StatusCode::OK, format.content_type(), text),
                Err(_) => {
                    let sentence = "the processes could not be read, which is a bug of snag\n".to_owned();
                    page(StatusCode::INTERNAL_SERVER_ERROR, TEXT, sentence)
                }
            }
        }
        "/-/healthy" => page(StatusCode::OK, TEXT, "snag is healthy\n".to_owned()),
        _ => page(StatusCode::OK, "text/html; charset=utf-8", INDEX.to_owned()),
    }
}

const TEXT: &str = "text/plain; charset=utf-8";
const INDEX: &str = "<!DOCTYPE html>\n<html lang=\"en\"><title>snag</title><h1>snag export</h1>\n\
    <p><a href=\"metrics\">metrics</a> of the Go processes of this machine, <a href=\"-/healthy\">health</a></p></html>\n";

fn page(status: StatusCode, content_type: &'static str, text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
