//! The watch over the programs: supervisord's event listener.
//!
//! ```text
//!   supervisord ──event──▶ listener ─┐                  ┌─▶ supervisor (start, stop, kill)
//!                                    ├─▶ machine ─────▶ ├─▶ probe
//!   supervisor (list), probe ────────┘   decides        └─▶ ledger ──▶ history (numbers)
//! ```
//!
//! supervisord starts, stops and logs the programs; the watch says when. It asks each how it is, starts those
//! that wait for others, ends what hangs, and starts again what has failed. `machine` decides and does
//! nothing else, so that every decision is tried without a clock; `run` carries out.

mod activity;
mod event;
mod history;
mod ledger;
mod listener;
mod machine;
mod memory;
mod needs;
mod probe;
mod report;
mod restarts;
mod run;
mod socket;
mod supervisor;
mod unit;
mod xmlrpc;

pub use event::Kind;
pub use history::{History, Incident, Numbers, Outcome, history};
pub use ledger::{last_alive, read as read_ledger};
pub use report::{Report, ServiceReport};
pub use run::{WatchError, watch};
pub use socket::ask as ask_watch;
pub use unit::Phase;
