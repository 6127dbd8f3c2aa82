//! A receiver that goes away ten times, at every moment at which it can.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use serde_json::json;

use super::support::{Collector, wait_until};

const LINES: u64 = 20_000;

/// `[tag, entries, {"size": n, "chunk": id}]`, as far as the collector writes it.
fn chunk(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut exactly = |length: usize| {
        let mut bytes = vec![0; length];
        stream.read_exact(&mut bytes).ok().map(|()| bytes)
    };
    let head = exactly(2)?;
    assert_eq!((head[0], head[1] & 0xe0), (0x93, 0xa0), "a message of three, with a short tag");
    assert_eq!(exactly(usize::from(head[1] & 31))?, b"mad");
    let length = exactly(5)?;
    assert_eq!(length[0], 0xc6);
    let entries =
        exactly(u32::from_be_bytes([length[1], length[2], length[3], length[4]]) as usize)?;
    assert_eq!(exactly(6)?, b"\x82\xa4size");
    let more = match exactly(1)?[0] {
        0xce => 4,
        0xcf => 8,
        _ => 0,
    };
    exactly(more)?;
    assert_eq!(exactly(6)?, b"\xa5chunk");
    let length = match exactly(1)?[0] {
        0xd9 => exactly(1)?[0],
        short => short & 31,
    };
    let id = String::from_utf8(exactly(length.into())?).expect("UTF-8");
    Some((id, entries))
}

fn numbers(entries: &[u8]) -> Vec<u64> {
    let digits = |at: usize| {
        let digits = entries[at..].iter().take_while(|byte| byte.is_ascii_digit());
        digits.fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'))
    };
    let begins = entries.windows(5).enumerate().filter(|(_, window)| window == b"line ");
    begins.map(|(at, _)| digits(at + 5)).collect()
}

#[test]
fn every_line_once_over_a_receiver_that_dies_ten_times() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    let mut collector = Collector::new(json!({"forward": {"fluent": address.to_string()}}));
    let script = format!("seq -f 'line %g' 0 {}", LINES - 1);
    assert!(collector.program(&["sh", "-c", &script]).status().expect("run").success());
    let mut got: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let mut again = 0;
    let mut deaths = 0;
    let distinct =
        |got: &BTreeMap<String, Vec<u64>>| got.values().map(Vec::len).sum::<usize>() as u64;
    while distinct(&got) < LINES || deaths < 10 {
        let (mut stream, _) = listener.accept().expect("a connection");
        let dies = deaths < 10;
        if dies {
            deaths += 1;
            // Before it reads, while it reads, and, below, before and after it answers.
            match deaths % 4 {
                0 => continue,
                1 => {
                    stream.read_exact(&mut [0; 100]).expect("read");
                    continue;
                }
                _ => {}
            }
        }
        if dies && deaths == 5 {
            // The collector dies too.
            collector.kill();
            collector.start();
            continue;
        }
        while let Some((id, entries)) = chunk(&mut stream) {
            let lines = numbers(&entries);
            match got.get(&id) {
                Some(known) => {
                    assert_eq!(*known, lines, "a chunk that comes again is the same");
                    again += 1;
                }
                None => drop(got.insert(id.clone(), lines)),
            }
            if dies && deaths % 4 == 2 {
                break;
            }
            let mut answer = b"\x81\xa3ack\xd9".to_vec();
            answer.push(id.len() as u8);
            answer.extend(id.bytes());
            stream.write_all(&answer).ok();
            if dies || distinct(&got) >= LINES {
                break;
            }
        }
    }
    println!("{} chunks, {again} came again with the same id", got.len());
    let mut all: Vec<u64> = got.into_values().flatten().collect();
    all.sort_unstable();
    assert_eq!(all, (0..LINES).collect::<Vec<_>>());
    wait_until("it is said", || {
        !collector.query(&["service=logs", "nothing is forwarded"]).is_empty()
    });
}
