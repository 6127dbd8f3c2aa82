//! Many clients at once, each checking that its answers are its own.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use tokio::time::sleep;

use crate::Result;
use crate::client::{Client, Kind, call, echo, echoed};
use crate::process::Gateway;

pub struct Rate {
    pub rate: f64,
    /// Processor time of the gateway itself.
    pub micros_each: f64,
    /// And of all together: clients, gateway, server. On busy processors it is what decides the rate.
    pub micros_of_all: f64,
}

pub async fn connect(address: SocketAddr, kind: Kind, count: usize) -> Result<Vec<Client>> {
    try_join_all((0..count).map(|_| Client::connect(address, kind))).await
}

pub async fn connect_times(address: SocketAddr, kind: Kind, count: usize) -> Result<Vec<Duration>> {
    try_join_all((0..count).map(|_| async move {
        let begin = Instant::now();
        Client::connect(address, kind).await?;
        Ok(begin.elapsed())
    }))
    .await
}

/// Each client asks, waits, asks again: for `echo` and its own text, or for another tool and its own id.
pub async fn run(
    gateway: &Gateway,
    tool: &str,
    kind: Kind,
    count: usize,
    time: Duration,
) -> Result<Rate> {
    let clients = connect(gateway.address, kind, count).await?;
    let (cpu, all) = (gateway.cpu()?, gateway.cpu_of_all()?);
    let begin = Instant::now();
    let counts =
        try_join_all(clients.into_iter().enumerate().map(|(number, mut client)| async move {
            let mut done = 0;
            while begin.elapsed() < time {
                let text = format!("{number}-{done}");
                let answer = client.ask(&call(done, tool, &text)).await?;
                let own = match echoed(&answer) {
                    Some((id, said)) => id == done && (said == text || tool != "echo"),
                    None => false,
                };
                if !own {
                    return Err(format!("not its own answer: {answer}").into());
                }
                done += 1;
            }
            Result::Ok(done)
        }))
        .await?;
    let took = begin.elapsed();
    let requests = counts.into_iter().sum::<usize>() as f64;
    let each = |time: Duration| time.as_secs_f64() / requests * 1e6;
    Ok(Rate {
        rate: requests / took.as_secs_f64(),
        micros_each: each(gateway.cpu()? - cpu),
        micros_of_all: each(gateway.cpu_of_all()? - all),
    })
}

#[derive(Default)]
pub struct Routing {
    pub misrouted: usize,
    pub lost: usize,
}

/// All clients use the same ids, each in an order of its own.
pub async fn colliding(address: SocketAddr, count: usize, each: usize) -> Result<Routing> {
    let clients = connect(address, Kind::Line, count).await?;
    let all =
        try_join_all(clients.into_iter().enumerate().map(|(number, mut client)| async move {
            // A step that shares no factor with the count visits every id once.
            let step = coprime(2 * number + 7, each);
            let (mut sent, mut seen, mut outcome) = (0, vec![false; each], Routing::default());
            for received in 0..each {
                while sent < each && sent < received + 64 {
                    let id = (sent * step) % each;
                    client.send(&echo(id, &format!("{number}-{id}"))).await?;
                    sent += 1;
                }
                match echoed(&client.next().await?) {
                    Some((id, text)) if text == format!("{number}-{id}") && !seen[id] => {
                        seen[id] = true
                    }
                    _ => outcome.misrouted += 1,
                }
            }
            outcome.lost = seen.iter().filter(|seen| !**seen).count();
            Result::Ok(outcome)
        }))
        .await?;
    Ok(all.into_iter().fold(Routing::default(), |sum, one| Routing {
        misrouted: sum.misrouted + one.misrouted,
        lost: sum.lost + one.lost,
    }))
}

fn coprime(mut step: usize, count: usize) -> usize {
    while gcd(step, count) != 1 {
        step += 1;
    }
    step
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[derive(Default)]
pub struct Crashes {
    pub closed: usize,
    pub failed: usize,
    pub answered: usize,
    pub slowest_error: Duration,
    pub slowest_ready: Duration,
}

/// The server is killed while every client has calls in flight.
pub async fn with_crashes(
    gateway: &Gateway,
    count: usize,
    kills: usize,
    time: Duration,
) -> Result<Crashes> {
    let clients = connect(gateway.address, Kind::Line, count).await?;
    let begin = Instant::now();
    let end = time * kills as u32;
    let killed = async {
        let mut at = Vec::new();
        for _ in 0..kills {
            sleep(time / 2).await;
            gateway.kill_server()?;
            at.push(begin.elapsed());
            sleep(time / 2).await;
        }
        Result::Ok(at)
    };
    let load = try_join_all(clients.into_iter().map(|mut client| async move {
        // For each answer: when, and whether it was an error.
        let mut seen = Vec::new();
        let mut id = 0;
        while begin.elapsed() < end {
            match client.ask(&echo(id, "x")).await {
                Ok(answer) => seen.push((begin.elapsed(), echoed(&answer).is_none())),
                Err(_) => return Result::Ok((seen, true)),
            }
            id += 1;
        }
        Ok((seen, false))
    }));
    let (killed, load) = tokio::try_join!(killed, load)?;
    let mut outcome = Crashes::default();
    for (seen, closed) in &load {
        outcome.closed += usize::from(*closed);
        outcome.failed += seen.iter().filter(|(_, error)| *error).count();
        outcome.answered += seen.iter().filter(|(_, error)| !error).count();
        for kill in &killed {
            let errors = seen.iter().filter(|(at, error)| *error && at > kill);
            if let Some((at, _)) =
                errors.min_by_key(|(at, _)| *at).filter(|(at, _)| *at - *kill < time / 2)
            {
                outcome.slowest_error = outcome.slowest_error.max(*at - *kill);
                let ready = seen.iter().filter(|(later, error)| !error && later > at);
                if let Some((later, _)) = ready.min_by_key(|(later, _)| *later) {
                    outcome.slowest_ready = outcome.slowest_ready.max(*later - *kill);
                }
            }
        }
    }
    Ok(outcome)
}
