use async_trait::async_trait;
use engine::{ContainerFacts, EngineError, MountFacts, Said};

use super::{Engine, gather};

/// Containers by name; what each says to `mad-runtime …`.
struct Fake;

fn container(name: &str, state: &str) -> ContainerFacts {
    ContainerFacts {
        id: name.to_owned(),
        name: name.to_owned(),
        image: "mad/app:latest".to_owned(),
        labels: [("mad.profile".to_owned(), "app".to_owned())].into(),
        state: state.to_owned(),
        exit_code: (state == "exited").then_some(137),
        is_out_of_memory: state == "exited",
        started_at: Some("2026-11-29T10:00:00.5Z".to_owned()),
        mounts: vec![MountFacts {
            kind: "bind".to_owned(),
            source: "/home/x".to_owned(),
            target: "/workspace".to_owned(),
            is_writable: true,
        }],
        ..ContainerFacts::default()
    }
}

fn said(status: i64, stdout: &str, stderr: &str) -> Said {
    Said { status, stdout: stdout.to_owned(), stderr: stderr.to_owned() }
}

#[async_trait]
impl Engine for Fake {
    async fn containers(&self) -> Result<Vec<ContainerFacts>, EngineError> {
        let mut all = ["absent", "bash", "cuda", "newer", "old-engine", "silly", "well"]
            .map(|name| container(name, "running"))
            .to_vec();
        all[2].environment = vec!["MAD_CUDA_VERSION=12.8".to_owned()];
        all.push(container("ended", "exited"));
        Ok(all)
    }

    async fn ask(&self, id: &str, command: &[&str]) -> Result<Said, EngineError> {
        const NO_PROGRAM: &str = r#"OCI runtime exec failed: exec: "mad-runtime": executable file not found in $PATH: unknown"#;
        Ok(match (id, &command[1..]) {
            ("absent", _) => said(126, &format!("{NO_PROGRAM}\r\n"), ""),
            ("old-engine", _) => {
                return Err(EngineError::Api { action: "run".into(), why: NO_PROGRAM.into() });
            }
            ("bash", _) => said(
                1,
                "",
                "error: no watch at `/run/services/watch.sock`: No such file or directory (os error 2)\n",
            ),
            ("cuda", ["gpu", "--json"]) => said(
                0,
                r#"{"schema":"mad.gpu/1","device":"cpu","summary":"no GPU device (/dev/nvidia*)","cards":[],"later":1}"#,
                "",
            ),
            ("cuda", _) => {
                said(1, "", "error: the configuration has neither `mcp` nor `services`\n")
            }
            ("silly", _) => said(0, "hello", ""),
            ("newer", ["status", "--json"]) => {
                said(0, r#"{"services":[{"name":"a","phase":"pondering","new":{}}]}"#, "")
            }
            (_, ["status", "--json"]) => said(
                0,
                r#"{"servers":[{"name":"s","ready":true,"pid":7,"up_s":5,"restarts":0,"in_flight":0,"waiting":0,"answers":3,"p50_us":1200,"p99_us":null}],"clients":[{},{}],"services":[{"name":"a","group":null,"phase":"ready","pid":7,"up_ms":5000,"restarts":1,"wrong_answers":0,"problem":"","next_start_ms":null}]}"#,
                "",
            ),
            (_, ["status", "--incidents", "--json"]) => said(
                0,
                r#"{"incidents":[{"number":1,"service":"a","kind":"crash","detail":"status 1","began_ms":1000,"detected_ms":1001,"kills":0,"starts":1,"outcome":"recovered","ended_ms":1500,"false_restart":false}],"services":{},"all":{"uptime_percent":99.9,"incidents":1,"recovered_percent":100.0,"open":0,"mean_time_to_recovery_ms":500,"false_restarts":0}}"#,
                "",
            ),
            _ => said(2, "", "error: unrecognized subcommand"),
        })
    }
}

/// 2026-11-29T10:00:10Z.
const NOW: i64 = 1_795_946_410;

async fn all() -> Vec<super::ContainerStatus> {
    gather(&Fake, true, NOW).await.unwrap()
}

#[tokio::test]
async fn each_container_says_what_it_can() {
    let all = all().await;
    let of = |name: &str| all.iter().find(|one| one.name == name).unwrap();
    let well = of("well");
    assert!(well.problems.is_empty(), "{well:?}");
    assert_eq!(well.up_s, Some(10));
    let inside = well.inside.as_ref().unwrap();
    assert_eq!(inside.services[0].phase, "ready");
    assert_eq!(inside.gateway.as_ref().unwrap().clients, 2);
    assert_eq!(inside.numbers.as_ref().unwrap().mean_time_to_recovery_ms, Some(500));
    assert_eq!(inside.incidents[0].ended_ms, Some(1500));
    for name in ["absent", "old-engine"] {
        assert_eq!(of(name).inside, None);
        assert_eq!(of(name).problems, ["no `mad-runtime` in it: nothing inside is known"]);
    }
    // A shell in place of the programs: what fails is said once.
    assert_eq!(of("bash").problems.len(), 1);
    assert!(of("bash").problems[0].contains("no watch"), "{:?}", of("bash"));
    assert_eq!(of("cuda").inside.as_ref().unwrap().gpu.as_ref().unwrap().device, "cpu");
    assert!(of("cuda").problems.is_empty());
    assert_eq!(of("newer").inside.as_ref().unwrap().services[0].phase, "pondering");
    assert!(of("silly").problems[0].contains("no JSON"));
    let ended = of("ended");
    assert_eq!((ended.exit_code, ended.out_of_memory, ended.up_s), (Some(137), true, None));
    assert_eq!(ended.inside, None);
    assert!(ended.problems.is_empty());
}

#[tokio::test]
async fn those_that_have_stopped_are_shown_when_asked_for() {
    let running = gather(&Fake, false, NOW).await.unwrap();
    assert_eq!(running.len(), 7);
    assert_eq!(all().await.len(), 8);
}

#[tokio::test]
async fn a_screen_has_all_of_it() {
    let status = super::Status {
        schema: "mad.status/1",
        engine: "docker 20.10.24".to_owned(),
        containers: all().await,
    };
    let json = serde_json::from_str(&crate::report::status::json(&status)).unwrap();
    let schema = jsonschema::validator_for(&super::json_schema()).unwrap();
    let faults: Vec<String> = schema.iter_errors(&json).map(|it| it.to_string()).collect();
    assert!(faults.is_empty(), "{faults:?}");
    // A schema that takes anything would say so of this.
    assert!(!schema.is_valid(&serde_json::json!({"schema": "mad.status/2"})));
    let style = crate::report::TerminalStyle { width: 100, color: false, unicode: true };
    insta::assert_snapshot!(crate::report::status::terminal(&status, style, 61_000));
}
