use super::*;

fn refused(text: &str) -> String {
    RuntimeConfig::parse(text).expect_err("refused").to_string()
}

#[test]
fn the_configuration_of_the_plan_is_read_and_written_back() {
    let text = r#"{"mcp": {
        "listen": ["127.0.0.1:9500", "0.0.0.0:3002"], "token": {"secret": "mcp_token"},
        "limits": {"message": "16MiB", "clients": 512, "rate": "200/s", "queue": 256},
        "servers": {
            "claude-flow": {"command": ["node", "a.js"], "isolation": "shared", "start_timeout": "30s",
                            "restart": {"max_delay": "60s"}},
            "blender": {"connect": "gui-tools:9876"}}}}"#;
    let config = RuntimeConfig::parse(text).expect("valid");
    let mcp = config.mcp.as_ref().expect("there");
    assert_eq!(mcp.limits, Limits::default());
    assert_eq!(mcp.servers["claude-flow"].restart, Restart::default());
    assert_eq!(RuntimeConfig::parse(&config.to_json()).expect("its own text"), config);
}

#[test]
fn an_error_names_its_key() {
    let server = r#""servers": {"a": {"command": ["x"]}}"#;
    for (text, key) in [
        (format!(r#"{{"mcp": {{"lissen": [], {server}}}}}"#), "mcp.lissen"),
        (format!(r#"{{"mcp": {{"listen": ["0.0.0.0:1"], {server}}}}}"#), "mcp.listen[0]"),
        (format!(r#"{{"mcp": {{"listen": ["nowhere"], {server}}}}}"#), "mcp.listen[0]"),
        (format!(r#"{{"mcp": {{"limits": {{"rate": "0/s"}}, {server}}}}}"#), "mcp.limits.rate"),
        (
            format!(r#"{{"mcp": {{"limits": {{"message": "16MB"}}, {server}}}}}"#),
            "mcp.limits.message",
        ),
        (format!(r#"{{"mcp": {{"origins": ["example.org"], {server}}}}}"#), "mcp.origins[0]"),
        (format!(r#"{{"mcp": {{"default": "b", {server}}}}}"#), "mcp.default"),
        (format!(r#"{{"mcp": {{"token": {{}}, {server}}}}}"#), "mcp.token"),
        (
            format!(r#"{{"mcp": {{"token": {{"secret": "a", "file": "/b"}}, {server}}}}}"#),
            "mcp.token",
        ),
        (r#"{"mcp": {"servers": {}}}"#.into(), "mcp.servers"),
        (r#"{"mcp": {"servers": {"a__b": {"command": ["x"]}}}}"#.into(), "mcp.servers.a__b"),
        (r#"{"mcp": {"servers": {"a": {}}}}"#.into(), "mcp.servers.a"),
        (r#"{"mcp": {"servers": {"a": {"connect": "x"}}}}"#.into(), "mcp.servers.a.connect"),
    ] {
        let message = refused(&text);
        assert!(message.contains(&format!("`{key}`")), "{text}: {message}");
    }
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let error =
        RuntimeConfig::parse(r#"{"mcp": {"listen": [], "servers": {}}}"#).expect_err("refused");
    assert_eq!(error.problems.len(), 2, "{error}");
}

#[test]
fn amounts_keep_their_value_and_shortest_unit() {
    for text in ["16MiB", "1GiB", "1023B", "3KiB"] {
        assert_eq!(text.parse::<Size>().expect("size").to_string(), text);
    }
    for text in ["500ms", "30s", "90s", "2h"] {
        assert_eq!(text.parse::<Duration>().expect("time").to_string(), text);
    }
    assert!("99999999999GiB".parse::<Size>().is_err() && "1.5s".parse::<Duration>().is_err());
}

#[test]
fn no_two_listeners_on_one_address() {
    let of = |listen: &str| {
        let text = format!(
            r#"{{"mcp": {{"listen": {listen}, "token": {{"secret": "t"}}, "servers": {{"a": {{"command": ["x"]}}}}}}}}"#
        );
        RuntimeConfig::parse(&text).err().map(|error| error.to_string())
    };
    for (listen, problem) in [
        (r#"["127.0.0.1:1", "127.0.0.1:1"]"#, "`127.0.0.1:1` is there twice"),
        (r#"["0.0.0.0:1", "127.0.0.1:1"]"#, "`127.0.0.1:1` is `0.0.0.0:1` too"),
        (r#"["[::1]:1", "[::]:1"]"#, "`[::]:1` is `[::1]:1` too"),
    ] {
        assert_eq!(of(listen), Some(format!("`mcp.listen[1]`: {problem}")), "{listen}");
    }
    for listen in [
        r#"["127.0.0.1:0", "127.0.0.1:0"]"#,
        r#"["127.0.0.1:1", "127.0.0.2:1"]"#,
        r#"["127.0.0.1:1", "[::1]:1"]"#,
        r#"["127.0.0.1:1", "[::]:1"]"#,
        r#"["0.0.0.0:1", "[::]:1"]"#,
    ] {
        assert_eq!(of(listen), None, "{listen}");
    }
}

#[test]
fn values_of_another_file_are_told_all_at_once() {
    let value = serde_json::json!({"mcp": {
        "drain": "1 day",
        "limits": {"rate": "fast", "idle": "5m"},
        "servers": {"a.b": {"command": ["x"], "start_timeout": "soon"}}
    }});
    let error = RuntimeConfig::from_value(value).expect_err("refused");
    let mut keys: Vec<_> = error.problems.into_iter().map(|found| found.key).collect();
    keys.sort();
    assert_eq!(keys, ["mcp.drain", "mcp.limits.rate", "mcp.servers.a.b.start_timeout"]);
}
