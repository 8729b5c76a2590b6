//! `snag export`: what the Go processes of this machine are doing, for Prometheus.

mod container;
mod encode;
mod figures;
mod metrics;
mod processes;
mod serve;

use std::net::{TcpListener, ToSocketAddrs};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::{self, Runtime};
use tokio::signal::unix::{SignalKind, signal};

use crate::args::ExportArguments;
use crate::{CLEAN, complain};
use encode::{Family, Format, encode};
use processes::{Choice, Watch};

/// How long a reading that is under way may hold up the end.
const PATIENCE: Duration = Duration::from_secs(2);

pub(crate) fn run(arguments: &ExportArguments) -> Result<u8, String> {
    let listener = listen(&arguments.listen)?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let choice = Choice {
        pids: arguments.pid.clone(),
        names: arguments.name.clone(),
        max_processes: arguments.max_processes.into(),
        min_age: arguments.min_age.duration(),
        sites: arguments.sites.into(),
    };
    let exporter = Exporter::new(choice, arguments.min_interval.duration());
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("cannot wait for clients: {error}"))?;
    let outcome = until_interrupted(&runtime, listener, exporter, || {
        complain(&format!("snag serves http://{address}/metrics"));
    });
    runtime.shutdown_timeout(PATIENCE);
    outcome.map(|()| CLEAN)
}

/// The address, as Go programs take it: without a host it is every address of this machine.
fn listen(address: &str) -> Result<TcpListener, String> {
    let whole = if address.starts_with(':') { format!("0.0.0.0{address}") } else { address.to_owned() };
    let addresses: Vec<_> = match whole.to_socket_addrs() {
        Ok(addresses) => addresses.collect(),
        Err(error) => return Err(format!("cannot listen on {address}: {error}")),
    };
    TcpListener::bind(&addresses[..]).map_err(|error| {
        let error = match error.kind() {
            std::io::ErrorKind::AddrInUse => "another program listens there already".to_owned(),
            std::io::ErrorKind::PermissionDenied => "ports below 1024 are for root".to_owned(),
            std::io::ErrorKind::AddrNotAvailable => "this machine has no such address".to_owned(),
            _ => error.to_string(),
        };
        format!("cannot listen on {address}: {error}")
    })
}

fn until_interrupted(
    runtime: &Runtime,
    listener: TcpListener,
    exporter: Exporter,
    ready: impl FnOnce(),
) -> Result<(), String> {
    runtime.block_on(async {
        let waits = |error: std::io::Error| format!("cannot wait for clients: {error}");
        let mut interrupt = signal(SignalKind::interrupt()).map_err(waits)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(waits)?;
        listener.set_nonblocking(true).map_err(waits)?;
        let listener = tokio::net::TcpListener::from_std(listener).map_err(waits)?;
        let server = tokio::spawn(serve::serve(listener, Arc::new(move |format| exporter.text(format))));
        ready();
        std::future::poll_fn(|context| {
            if interrupt.poll_recv(context).is_ready() {
                return std::task::Poll::Ready(());
            }
            terminate.poll_recv(context).map(|_| ())
        })
        .await;
        server.abort();
        Ok(())
    })
}

/// Reads the processes for whoever asks: one at a time, and those who come together share a reading.
struct Exporter {
    min_interval: Duration,
    state: Mutex<State>,
}

struct State {
    watch: Watch,
    last: Option<(Instant, Arc<[Family]>)>,
}

impl Exporter {
    fn new(choice: Choice, min_interval: Duration) -> Exporter {
        Exporter { min_interval, state: Mutex::new(State { watch: Watch::new(choice), last: None }) }
    }

    fn text(&self, format: Format) -> String {
        encode(&self.families(), format)
    }

    fn families(&self) -> Arc<[Family]> {
        // Whatever a panic left behind is replaced by the next reading.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((when, families)) = &state.last
            && when.elapsed() < self.min_interval
        {
            return families.clone();
        }
        let reading = state.watch.read();
        let families: Arc<[Family]> = metrics::families(&reading).into();
        state.last = Some((Instant::now(), families.clone()));
        families
    }
}
