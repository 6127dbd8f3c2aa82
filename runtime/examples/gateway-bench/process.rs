//! The programs that are measured.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};

use crate::Result;

pub struct Gateway {
    process: Child,
    pub address: SocketAddr,
    /// The process leads a group that ends with it.
    group: bool,
    _folder: Option<tempfile::TempDir>,
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if let (true, Some(pid)) = (self.group, self.process.id()) {
            // Not by `kill`: procps' takes `-KILL -1234` for `-KILL -1`, everything there is.
            if let Some(group) = raw(pid) {
                kill_process_group(group, Signal::KILL).ok();
            }
        }
    }
}

impl Gateway {
    pub async fn start(program: &str, server: &str) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let config = folder.path().join("runtime.json");
        let text = json!({"mcp": {
            "listen": ["127.0.0.1:0"],
            // The sessions over HTTP of earlier runs are still there.
            "limits": {"rate": "1000000/s", "queue": 4096, "clients": 100000},
            "servers": {"test": {"command": ["node", server], "restart": {"delay": "1ms"}}},
        }});
        std::fs::write(&config, text.to_string())?;
        let mut command = Command::new(program);
        command.arg("--config").arg(&config).args(["gateway", "--log", "error"]);
        Self::listening(command, Some(folder)).await
    }

    pub async fn multiplexer(server: &str) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["multiplex", server]);
        Self::listening(command, None).await
    }

    /// Another gateway, whose last argument is its port.
    pub async fn other(program: &str, words: &[&str]) -> Result<Self> {
        let free = std::net::TcpListener::bind("127.0.0.1:0")?;
        let address = free.local_addr()?;
        drop(free);
        let process = Command::new(program)
            .args(words)
            .arg(address.port().to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Their servers outlive them: all of a group is ended.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let begin = Instant::now();
        while tokio::net::TcpStream::connect(address).await.is_err() {
            if begin.elapsed() > Duration::from_secs(20) {
                return Err(format!("{program} does not listen").into());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        Ok(Self { process, address, group: true, _folder: None })
    }

    async fn listening(mut command: Command, folder: Option<tempfile::TempDir>) -> Result<Self> {
        let mut process = command.stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().ok_or("no output")?).read_line(&mut line).await?;
        let address = line.trim().strip_prefix("listening on ").ok_or("no address")?.parse()?;
        tokio::time::sleep(Duration::from_millis(500)).await;
        Ok(Self { process, address, group: false, _folder: folder })
    }

    fn pid(&self) -> Result<u32> {
        self.process.id().ok_or_else(|| "ended".into())
    }

    /// What the process itself has had of the processors, without its server's part.
    pub fn cpu(&self) -> Result<Duration> {
        cpu(self.pid()?)
    }

    /// The same with its server, and with this process, its clients.
    pub fn cpu_of_all(&self) -> Result<Duration> {
        let mut sum = self.cpu()? + cpu(std::process::id())?;
        for pid in self.below()? {
            sum += cpu(pid)?;
        }
        Ok(sum)
    }

    pub fn resident_mb(&self) -> Result<f64> {
        resident_mb(self.pid()?)
    }

    pub fn tree_mb(&self) -> Result<f64> {
        let mut sum = self.resident_mb()?;
        for pid in self.below()? {
            sum += resident_mb(pid)?;
        }
        Ok(sum)
    }

    fn below(&self) -> Result<Vec<u32>> {
        let (mut found, mut open) = (Vec::new(), vec![self.pid()?]);
        while let Some(pid) = open.pop() {
            let text = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"))?;
            let children: Vec<u32> =
                text.split_whitespace().filter_map(|pid| pid.parse().ok()).collect();
            found.extend(&children);
            open.extend(children);
        }
        Ok(found)
    }

    /// Kills the server itself, the last of the chain.
    pub fn kill_server(&self) -> Result<()> {
        let pid = self.below()?.last().copied().ok_or("no server")?;
        kill_process(raw(pid).ok_or("no process")?, Signal::KILL)?;
        Ok(())
    }
}

fn cpu(pid: u32) -> Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // After the name, which may have anything in it: `state` is the first, `utime` the twelfth.
    let rest = stat.rsplit_once(')').ok_or("no name")?.1;
    let mut ticks = 0;
    for field in rest.split_whitespace().skip(11).take(2) {
        ticks += field.parse::<u64>()?;
    }
    Ok(Duration::from_secs(ticks) / rustix::param::clock_ticks_per_second() as u32)
}

fn raw(pid: u32) -> Option<Pid> {
    i32::try_from(pid).ok().and_then(Pid::from_raw)
}

fn resident_mb(pid: u32) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    let kb: f64 = line.trim().strip_suffix(" kB").ok_or("no kB")?.trim().parse()?;
    Ok(kb * 1024.0 / 1e6)
}

/// From start to the answer to `initialize`, without a gateway.
pub async fn own_start(server: &str) -> Result<Duration> {
    let begin = Instant::now();
    let mut child = Command::new("node")
        .arg(server)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let request = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {}});
    child.stdin.as_mut().ok_or("no input")?.write_all(format!("{request}\n").as_bytes()).await?;
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().ok_or("no output")?).read_line(&mut line).await?;
    Ok(begin.elapsed())
}
