//! Each way in which a program fails, and that it comes back.

use serde_json::json;

use crate::support::{Programs, signal};

#[test]
fn a_crash() {
    let stack = Programs::new().add("a", json!({})).add("b", json!({})).start();
    stack.ready();
    let (a, b) = (stack.pid("a"), stack.pid("b"));
    signal(a, "-KILL");
    stack.until_incidents(&["a crash recovered"]);
    assert_ne!(stack.pid("a"), a);
    assert_eq!(stack.pid("b"), b);
    stack.now("a", "exit 1");
    stack.eventually("gone", || stack.incidents().len() == 2);
    stack.now("a", "");
    stack.until_incidents(&["a crash recovered", "a crash recovered"]);
    let history = stack.history();
    assert_ne!(history["incidents"][0]["detail"], "", "{history}");
    assert_eq!(history["all"]["recovered_percent"], 100.0, "{history}");
    assert_eq!(history["all"]["false_restarts"], 0, "{history}");
    let metrics = stack.runtime(&["status", "--metrics"]);
    let metrics = String::from_utf8_lossy(&metrics.stdout).into_owned();
    let expected = "mad_service_incidents_total{service=\"a\",kind=\"crash\"} 2\n";
    assert!(
        metrics.contains(expected) && metrics.contains("mad_service_ready{service=\"b\"} 1\n"),
        "{metrics}"
    );
}

/// supervisord takes it for an expected end.
#[test]
fn an_end_with_status_0() {
    let stack = Programs::new().add("a", json!({})).start();
    stack.ready();
    stack.now("a", "exit 0");
    stack.eventually("gone", || stack.incidents().len() == 1);
    stack.now("a", "");
    stack.until_incidents(&["a crash recovered"]);
}

/// By a limit of its own; the kernel's kill in a container is a test on an engine.
#[test]
fn a_program_that_runs_out_of_memory() {
    let stack = Programs::new().add("a", json!({})).add("b", json!({})).start();
    stack.ready();
    let b = stack.pid("b");
    stack.now("a", "memory");
    stack.eventually("gone", || stack.incidents().len() == 1);
    stack.now("a", "");
    stack.until_incidents(&["a crash recovered"]);
    assert_eq!(stack.pid("b"), b);
}

#[test]
fn a_port_that_is_closed() {
    let stack = Programs::new().add("a", json!({})).start();
    stack.ready();
    let pid = stack.pid("a");
    stack.now("a", "close");
    stack.eventually("seen", || stack.incidents().len() == 1);
    stack.now("a", "");
    stack.until_incidents(&["a unhealthy recovered"]);
    assert_ne!(stack.pid("a"), pid);
}

#[test]
fn a_hang() {
    let stack = Programs::new().add("a", json!({})).start();
    stack.ready();
    let pid = stack.pid("a");
    signal(pid, "-STOP");
    stack.until_incidents(&["a hang recovered"]);
    assert_ne!(stack.pid("a"), pid);
}

#[test]
fn answers_that_come_late_are_wrong_or_missing() {
    let probe = json!({"http": ":0/", "every": "200ms", "timeout": "500ms"});
    let stack = Programs::new()
        .probed("late", probe, json!({}))
        .add("wrong", json!({}))
        .add("closed", json!({}))
        .start();
    stack.ready();
    stack.now("late", "slow 600");
    stack.now("wrong", "wrong");
    stack.now("closed", "close");
    stack.eventually("three incidents", || stack.incidents().len() >= 3);
    for name in ["late", "wrong", "closed"] {
        stack.now(name, "");
    }
    stack.ready();
    stack.eventually("recovered", || {
        stack.incidents().iter().all(|incident| incident.ends_with("recovered"))
    });
    let incidents = stack.incidents();
    for expected in
        ["late hang recovered", "wrong unhealthy recovered", "closed unhealthy recovered"]
    {
        assert!(incidents.iter().any(|incident| incident == expected), "{incidents:?}");
    }
}

#[test]
fn a_program_that_works_is_not_hung() {
    // Six, so that it is not the machine's being busy with others that decides.
    let probe =
        json!({"http": ":0/", "every": "200ms", "timeout": "200ms", "failures": 6, "busy": "1h"});
    let stack = Programs::new().probed("a", probe, json!({})).start();
    stack.ready();
    let pid = stack.pid("a");
    stack.now("a", "work");
    // More than enough answers in a row are missing, and said to be.
    let mut missing = 0;
    stack.eventually("asked in vain", || {
        missing += u32::from(stack.program("a")["problem"] == "no answer within 200ms");
        missing > 100
    });
    stack.now("a", "");
    stack.eventually("well", || stack.program("a")["problem"] == "");
    assert_eq!((stack.pid("a"), stack.incidents()), (pid, vec![]));
}

#[test]
fn a_program_that_does_not_start_is_tried_again() {
    let restart = json!({"restart": {"delay": "100ms", "max_delay": "400ms"}});
    let stack = Programs::new().add("a", restart).at_first("a", "no-start").start();
    stack.eventually("tried again", || stack.program("a")["restarts"].as_u64() >= Some(2));
    assert_eq!(stack.incidents(), ["a start open"]);
    stack.now("a", "");
    stack.until_incidents(&["a start recovered"]);
}

#[test]
fn a_program_that_flaps_is_slowed_down_and_held_by_its_budget() {
    let restart = json!({"restart": {"delay": "100ms", "max_delay": "200ms", "budget": "3/h"}});
    let stack = Programs::new().add("a", restart).start();
    stack.ready();
    stack.now("a", "exit 1");
    stack.eventually("out of budget", || {
        stack.program("a")["next_start_ms"].as_u64() > Some(60_000)
    });
    assert_eq!(stack.program("a")["restarts"], 3);
    let ready = stack.runtime(&["ready", "--timeout", "100ms"]);
    let error = String::from_utf8_lossy(&ready.stderr).into_owned();
    assert_eq!(ready.status.code(), Some(1), "{error}");
    assert!(error.contains("not ready: a is down"), "{error}");
}

#[test]
fn a_dependency_that_is_down_takes_nobody_along_unless_bound() {
    let stack = Programs::new()
        .add("base", json!({"restart": {"delay": "1s"}}))
        .add("free", json!({"needs": {"base": "ready"}}))
        .add("bound", json!({"needs": {"base": "bound"}}))
        .start();
    stack.ready();
    let (free, bound) = (stack.pid("free"), stack.pid("bound"));
    signal(stack.pid("base"), "-KILL");
    stack.until_incidents(&["base crash recovered", "bound dependency recovered"]);
    assert_eq!(stack.pid("free"), free);
    assert_ne!(stack.pid("bound"), bound);
}

#[test]
fn what_a_program_leaves_behind_does_not_keep_its_port() {
    let script = "/usr/bin/python3 -c 'import socket, time; \
                  s = socket.create_server((\"127.0.0.1\", PORT)); time.sleep(600)' & sleep 600";
    let port = {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        socket.local_addr().expect("its address").port()
    };
    let script = script.replace("PORT", &port.to_string());
    let tcp = json!({"tcp": format!(":{port}"), "every": "200ms"});
    let stack =
        Programs::new().probed("a", tcp, json!({"command": ["bash", "-c", script]})).start();
    stack.ready();
    signal(stack.pid("a"), "-KILL");
    stack.until_incidents(&["a crash recovered"]);
}
