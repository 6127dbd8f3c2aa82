//! The least that can be done: newline JSON from many, ids replaced, one child. No limits, no safety,
//! no restart, nothing but the ids. What a gateway costs is measured against it.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::process::Stdio;
use std::rc::Rc;

use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::{LocalSet, spawn_local};

use crate::Result;

/// The client's id, and the client.
type Waiting = (String, UnboundedSender<String>);

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
}

/// The line with its id replaced, and the old id.
fn swap(line: &str, new: &str) -> Option<(String, String)> {
    let id = serde_json::from_str::<Head>(line).ok()?.id?;
    let start = id.get().as_ptr() as usize - line.as_ptr() as usize;
    let text = format!("{}{new}{}", &line[..start], &line[start + id.get().len()..]);
    Some((text, id.get().to_owned()))
}

fn id(line: &str) -> Option<u64> {
    serde_json::from_str::<Head>(line).ok()?.id?.get().parse().ok()
}

pub async fn run(server: &str) -> Result<()> {
    let mut child = Command::new("node")
        .arg(server)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let mut stdin = child.stdin.take().ok_or("no input")?;
    let mut lines = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on {}", listener.local_addr()?);
    LocalSet::new()
        .run_until(async move {
            let waiting: Rc<RefCell<HashMap<u64, Waiting>>> = Rc::default();
            let (to_child, mut from_clients) = unbounded_channel::<String>();
            spawn_local(async move {
                while let Some(mut batch) = from_clients.recv().await {
                    batch.push('\n');
                    while let Ok(next) = from_clients.try_recv() {
                        batch += &next;
                        batch.push('\n');
                    }
                    stdin.write_all(batch.as_bytes()).await.ok();
                }
            });
            let answers = waiting.clone();
            spawn_local(async move {
                while let Ok(Some(line)) = lines.next_line().await {
                    let found = id(&line).and_then(|id| answers.borrow_mut().remove(&id));
                    if let Some((old, client)) = found
                        && let Some((text, _)) = swap(&line, &old)
                    {
                        client.send(text).ok();
                    }
                }
            });
            let next = Rc::new(Cell::new(0));
            loop {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                let (read, mut write) = stream.into_split();
                let (to_client, mut outgoing) = unbounded_channel::<String>();
                spawn_local(async move {
                    while let Some(mut batch) = outgoing.recv().await {
                        batch.push('\n');
                        while let Ok(next) = outgoing.try_recv() {
                            batch += &next;
                            batch.push('\n');
                        }
                        if write.write_all(batch.as_bytes()).await.is_err() {
                            return;
                        }
                    }
                });
                let (waiting, to_child, next) = (waiting.clone(), to_child.clone(), next.clone());
                spawn_local(async move {
                    let mut lines = BufReader::new(read).lines();
                    while let Ok(Some(line)) = lines.next_line().await {
                        let number = next.get();
                        if let Some((text, old)) = swap(&line, &number.to_string()) {
                            next.set(number + 1);
                            waiting.borrow_mut().insert(number, (old, to_client.clone()));
                            to_child.send(text).ok();
                        }
                    }
                });
            }
        })
        .await
}
