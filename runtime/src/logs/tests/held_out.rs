//! Lines with known kinds of programs that are none of ours, each list written down before any of it was tried. Of
//! `MENDED` the mistakes were looked at, and mended where they were of a general kind (all kinds were told apart; of 29
//! faults six were not seen as such). `HELD_OUT` came after that, and nothing was changed because of it.

use super::corpus::{Form, error, ok};

/// Postgres, Redis, Uvicorn, Celery, containerd and the kernel; sshd, cargo, pytest, git, Kafka, MySQL, PyTorch, Go,
/// pino, cron and log4j.
pub const MENDED: &[Form] = &[
    ok(
        "postgres",
        "{day} {hms}.{n} UTC [{n}] LOG:  duration: {float} ms  statement: SELECT * FROM orders WHERE id = {n}",
    ),
    ok("postgres", "{day} {hms}.{n} UTC [{n}] LOG:  connection received: host={ip} port={n}"),
    ok(
        "postgres",
        "{day} {hms}.{n} UTC [{n}] LOG:  connection authorized: user={user} database={user}",
    ),
    ok("uvicorn", r#"INFO:     {ip}:{n} - "{method} /items/{n} HTTP/1.1" {status} OK"#),
    ok("celery", "[{clock}: INFO/MainProcess] Task worker.tasks.{feature}[{id}-{id}] received"),
    ok(
        "celery",
        "[{clock}: INFO/ForkPoolWorker-{n}] Task worker.tasks.{feature}[{id}-{id}] succeeded in {float}s: None",
    ),
    ok("redis", "{n}:M 29 Nov 2026 {hms}.{n} * {n} changes in {n} seconds. Saving..."),
    ok("redis", "{n}:M 29 Nov 2026 {hms}.{n} * Background saving started by pid {n}"),
    ok("redis", "{n}:C 29 Nov 2026 {hms}.{n} * DB saved on disk"),
    ok("redis", "{n}:M 29 Nov 2026 {hms}.{n} * Background saving terminated with success"),
    ok("redis", "{n}:M 29 Nov 2026 {hms}.{n} * Ready to accept connections tcp"),
    ok(
        "containerd",
        r#"time="{time}" level=info msg="starting signal loop" namespace=moby path=/run/containerd/{id} pid={n}"#,
    ),
    ok("containerd", r#"time="{time}" level=info msg="shim disconnected" id={id}"#),
    ok(
        "containerd",
        r#"time="{time}" level=warning msg="cleaning up after shim disconnected" id={id} namespace=moby"#,
    ),
    ok("kernel", "[{n}.{n}] eth0: renamed from veth{id}"),
    ok("kernel", "[{n}.{n}] docker0: port {n}(veth{id}) entered blocking state"),
    ok("kernel", "[{n}.{n}] docker0: port {n}(veth{id}) entered forwarding state"),
    ok("postgres", "{day} {hms}.{n} UTC [{n}] LOG:  checkpoint starting: time"),
    ok(
        "postgres",
        "{day} {hms}.{n} UTC [{n}] LOG:  checkpoint complete: wrote {n} buffers ({float}%); 0 WAL file(s) added, 0 removed, {n} recycled; write={float} s, sync={float} s, total={float} s",
    ),
    ok(
        "postgres",
        r#"{day} {hms}.{n} UTC [{n}] LOG:  automatic vacuum of table "app.public.{feature}": index scans: {n}"#,
    ),
    ok("uvicorn", "INFO:     Started server process [{n}]"),
    ok("uvicorn", "INFO:     Waiting for application startup."),
    ok("uvicorn", "INFO:     Application startup complete."),
    ok(
        "celery",
        "[{clock}: WARNING/MainProcess] consumer: Connection to broker lost. Trying to re-establish the connection...",
    ),
    error(
        "postgres",
        r#"{day} {hms}.{n} UTC [{n}] ERROR:  duplicate key value violates unique constraint "{feature}_pkey""#,
    ),
    error(
        "postgres",
        r#"{day} {hms}.{n} UTC [{n}] ERROR:  relation "{feature}" does not exist at character {n}"#,
    ),
    error(
        "postgres",
        r#"{day} {hms}.{n} UTC [{n}] FATAL:  password authentication failed for user "{user}""#,
    ),
    error("postgres", "{day} {hms}.{n} UTC [{n}] FATAL:  sorry, too many clients already"),
    error(
        "redis",
        "{n}:M 29 Nov 2026 {hms}.{n} # Can't save in background: fork: Cannot allocate memory",
    ),
    error(
        "uvicorn",
        "ERROR:    [Errno 98] error while attempting to bind on address ('{ip}', {n}): address already in use",
    ),
    error(
        "celery",
        "[{clock}: ERROR/ForkPoolWorker-{n}] Task worker.tasks.{feature}[{id}-{id}] raised unexpected: ValueError('{id}')",
    ),
    error("celery", "[{clock}: CRITICAL/MainProcess] Unrecoverable error: ConnectionError({n})"),
    error(
        "containerd",
        r#"time="{time}" level=error msg="failed to delete" cmd="/usr/bin/runc --root {path}" error="exit status {n}""#,
    ),
    error(
        "kernel",
        "[{n}.{n}] Out of memory: Killed process {n} (node) total-vm:{n}kB, anon-rss:{n}kB",
    ),
    error(
        "kernel",
        "[{n}.{n}] EXT4-fs error (device sda{n}): ext4_find_entry:{n}: inode #{n}: comm node: reading directory lblock {n}",
    ),
    error(
        "kernel",
        "[{n}.{n}] NVRM: Xid (PCI:0000:3b:00): 79, pid={n}, name=python3, GPU has fallen off the bus.",
    ),
    ok(
        "go",
        r#"{"level":"info","ts":"{time}","caller":"server/main.go:{n}","msg":"request served","path":"{path}","latency":{float}}"#,
    ),
    ok("sshd", "Accepted publickey for {user} from {ip} port {n} ssh2: ED25519 SHA256:{id}{id}"),
    ok("sshd", "Connection closed by {ip} port {n} [preauth]"),
    ok("trainer", "Epoch {n}/{n}: loss={float} accuracy={float}"),
    ok(
        "kafka",
        "[{clock}] INFO [Log partition={feature}-{n}, dir={path}] Rolled new log segment at offset {n} in {n} ms. (kafka.log.Log)",
    ),
    ok("pytest", "tests/test_{feature}.py::test_{agent} PASSED [ {n}%]"),
    ok("pino", r#"{"level":30,"pid":{n},"hostname":"a1","msg":"listening on {n}"}"#),
    ok("cargo", "   Compiling {package} v{version}"),
    ok("cron", "(root) CMD ({path}/run --quiet)"),
    ok("cron", "pam_unix(cron:session): session opened for user {user}(uid={n}) by (uid={n})"),
    ok(
        "kafka",
        "[{clock}] INFO [GroupCoordinator {n}]: Preparing to rebalance group {user} in state PreparingRebalance with old generation {n} (kafka.coordinator.group.GroupCoordinator)",
    ),
    ok(
        "go",
        r#"{"level":"debug","ts":"{time}","caller":"cache/cache.go:{n}","msg":"cache refreshed","entries":{n}}"#,
    ),
    ok("git", "Receiving objects: {n}% ({n}/{n}), {float} MiB | {float} MiB/s"),
    ok("git", "From https://example.org/{package}"),
    ok(
        "log4j",
        "{clock} [main] INFO  org.example.App - Started App in {float} seconds (JVM running for {float})",
    ),
    ok("log4j", "{clock} [pool-{n}-thread-{n}] INFO  org.example.Pool - Task {id} done"),
    ok("sshd", "Server listening on {ip} port {n}."),
    ok("sshd", "Received disconnect from {ip} port {n}:11: disconnected by user"),
    ok("cargo", "    Finished `dev` profile [unoptimized + debuginfo] target(s) in {float}s"),
    ok("cargo", "warning: unused variable: `{feature}`"),
    ok(
        "kafka",
        "[{clock}] WARN [ReplicaFetcher replicaId={n}, leaderId={n}] Connection to node {n} could not be established. (org.apache.kafka.clients.NetworkClient)",
    ),
    ok(
        "mysql",
        "{time} {n} [System] [MY-010931] [Server] /usr/sbin/mysqld: ready for connections. Version: '{version}'  socket: '/run/mysqld/mysqld.sock'  port: 3306",
    ),
    ok("mysql", "{time} {n} [Note] [MY-010733] [Server] Shutting down plugin '{feature}'"),
    ok("trainer", "Using device cuda:{n} with {n} workers"),
    ok("trainer", "Saving checkpoint to {path}/model-{n}.pt"),
    error("sshd", "error: kex_exchange_identification: Connection closed by remote host"),
    error("sshd", "fatal: Timeout before authentication for {ip} port {n}"),
    error("cargo", "error[E0425]: cannot find value `{feature}` in this scope"),
    error("cargo", "error: could not compile `{package}` (lib) due to {n} previous errors"),
    error(
        "pytest",
        "FAILED tests/test_{feature}.py::test_{agent} - AssertionError: assert {n} == {n}",
    ),
    error(
        "git",
        "fatal: unable to access 'https://example.org/{package}/': Could not resolve host: example.org",
    ),
    error(
        "kafka",
        "[{clock}] ERROR Error while writing to checkpoint file {path} (kafka.server.LogDirFailureChannel)",
    ),
    error("mysql", "{time} {n} [ERROR] [MY-012574] [InnoDB] Unable to lock ./ibdata1 error: {n}"),
    error("trainer", "RuntimeError: CUDA error: out of memory"),
    error(
        "trainer",
        "Traceback (most recent call last):\n  File \"{path}.py\", line {n}, in <module>\n    train()\ntorch.OutOfMemoryError: CUDA out of memory. Tried to allocate {float} GiB. GPU {n} has a total capacity of {float} GiB",
    ),
    error("trainer", "CUDA_ERROR_OUT_OF_MEMORY: out of memory"),
    error("trainer", "RuntimeError: CUDA error: device-side assert triggered"),
    error("smi", "Unable to determine the device handle for GPU0000:BA:00.0: Unknown Error"),
    error(
        "go",
        r#"{"level":"error","ts":"{time}","caller":"proxy/proxy.go:{n}","msg":"upstream failed","error":"dial tcp {ip}:{n}: connect: connection refused"}"#,
    ),
    error("go", "panic: runtime error: index out of range [{n}] with length {n}"),
    error("pino", r#"{"level":50,"pid":{n},"hostname":"a1","msg":"query failed after {n} ms"}"#),
    error("log4j", "{clock} [pool-{n}-thread-{n}] ERROR org.example.Pool - Task {id} was rejected"),
];

/// Rails, PHP, HAProxy, RabbitMQ, Elasticsearch, Prometheus, etcd, Terraform, gcc, systemd, .NET, Caddy and a shell.
pub const HELD_OUT: &[Form] = &[
    ok(
        "haproxy",
        r#"{ip}:{n} [29/Nov/2026:{hms}.{n}] http-in app/srv{n} {n}/0/{n}/{n}/{n} 200 {n} - - ---- {n}/{n}/{n}/{n}/0 0/0 "GET {path} HTTP/1.1""#,
    ),
    ok(
        "rails",
        r#"I, [{time} #{n}]  INFO -- : [{id}] Started {method} "{path}" for {ip} at {day} {hms} +0000"#,
    ),
    ok(
        "rails",
        "I, [{time} #{n}]  INFO -- : [{id}] Completed 200 OK in {n}ms (Views: {float}ms | ActiveRecord: {float}ms)",
    ),
    ok(
        "caddy",
        r#"{"level":"info","ts":"{time}","logger":"http.log.access","msg":"handled request","status":{status},"duration":{float}}"#,
    ),
    ok(
        "rabbitmq",
        "{day} {hms}.{n}+00:00 [info] <0.{n}.0> accepting AMQP connection <0.{n}.0> ({ip}:{n} -> {ip}:{n})",
    ),
    ok(
        "rabbitmq",
        "{day} {hms}.{n}+00:00 [warning] <0.{n}.0> closing AMQP connection <0.{n}.0> ({ip}:{n} -> {ip}:{n}): client unexpectedly closed TCP connection",
    ),
    ok(
        "prometheus",
        r#"ts={time} caller=head.go:{n} level=info component=tsdb msg="Head GC completed" duration={float}ms"#,
    ),
    ok("terraform", "aws_instance.{feature}: Still creating... [{n}s elapsed]"),
    ok(
        "elasticsearch",
        "[{day}T{hms},{n}][INFO ][o.e.c.m.MetadataCreateIndexService] [node-{n}] [{feature}] creating index, cause [api], shards [{n}]/[{n}]",
    ),
    ok(
        "etcd",
        r#"{"level":"info","ts":"{time}","caller":"etcdserver/server.go:{n}","msg":"published local member to cluster","local-member-id":"{id}"}"#,
    ),
    ok("systemd", "Started {service}.service - The {service} daemon."),
    ok("gcc", "{path}.c:{n}:{n}: warning: unused variable '{feature}' [-Wunused-variable]"),
    ok("puma", "[{n}] - Worker {n} (PID: {n}) booted in {float}s, phase: {n}"),
    ok("php", "[29-Nov-2026 {hms}] NOTICE: fpm is running, pid {n}"),
    ok(
        "php",
        "[29-Nov-2026 {hms}] WARNING: [pool www] child {n} exited on signal 11 (SIGSEGV) after {float} seconds from start",
    ),
    ok("dotnet", "Now listening on: http://{ip}:{n}"),
    error(
        "rails",
        "F, [{time} #{n}] FATAL -- : [{id}] ActiveRecord::RecordNotFound (Couldn't find Order with 'id'={n})",
    ),
    error(
        "php",
        "PHP Fatal error:  Uncaught Error: Call to undefined function {feature}() in {path}.php:{n}",
    ),
    error(
        "haproxy",
        "[ALERT]    ({n}) : Starting proxy http-in: cannot bind socket (Address already in use) [{ip}:{n}]",
    ),
    error(
        "rabbitmq",
        "{day} {hms}.{n}+00:00 [error] <0.{n}.0> Channel error on connection <0.{n}.0> ({ip}:{n} -> {ip}:{n}, vhost: '/', user: '{user}'), channel {n}:",
    ),
    error(
        "elasticsearch",
        "[{day}T{hms},{n}][ERROR][o.e.b.Elasticsearch] [node-{n}] fatal exception while booting Elasticsearch",
    ),
    error(
        "prometheus",
        r#"ts={time} caller=main.go:{n} level=error msg="Error loading config ({path})" err="open {path}: no such file or directory""#,
    ),
    error(
        "etcd",
        r#"{"level":"fatal","ts":"{time}","caller":"etcdmain/etcd.go:{n}","msg":"discovery failed","error":"listen tcp {ip}:{n}: bind: address already in use"}"#,
    ),
    error(
        "terraform",
        "Error: creating EC2 Instance: operation error EC2: RunInstances, https response error StatusCode: {n}",
    ),
    error("gcc", "{path}.c:{n}:{n}: error: '{feature}' undeclared (first use in this function)"),
    error("gcc", "make: *** [Makefile:{n}: {feature}] Error {n}"),
    error("systemd", "{service}.service: Failed with result 'exit-code'."),
    error(
        "dotnet",
        "Unhandled exception. System.NullReferenceException: Object reference not set to an instance of an object.",
    ),
    error("shell", "{path}.sh: line {n}: {feature}: command not found"),
    error(
        "shell",
        "curl: (7) Failed to connect to {ip} port {n} after {n} ms: Couldn't connect to server",
    ),
];
