//! The manifest of `mad builders manifest` against the schemas of the API server, as strict as
//! `kubectl apply --validate=strict`: a key that the server does not know is a fault.
//!
//! The schemas are those of Kubernetes' own OpenAPI documents, 1.30 and 1.37, as far as these kinds need them, without their
//! descriptions (from the Python package kubernetes-validate 1.37.0, Apache-2.0).

use serde_json::{Value, json};

use crate::support::mad_in;

const SCHEMAS: [&str; 2] = [
    include_str!("../inputs/kubernetes/v1.30.json"),
    include_str!("../inputs/kubernetes/v1.37.json"),
];

fn documents(options: &[&str]) -> Vec<Value> {
    let dir = tempfile::tempdir().unwrap();
    let run = mad_in(dir.path(), &[&["builders", "manifest"], options].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    let documents = serde_yaml::Deserializer::from_str(&run.stdout);
    documents.map(|one| serde::Deserialize::deserialize(one).expect("YAML")).collect()
}

/// Every fault of a document, by the schema of its kind.
fn faults(document: &Value) -> Vec<String> {
    let package = match document["kind"].as_str().unwrap() {
        "StatefulSet" => "apps.v1",
        "HorizontalPodAutoscaler" => "autoscaling.v2",
        _ => "core.v1",
    };
    let mut found = Vec::new();
    for text in SCHEMAS {
        let mut schema: Value = serde_json::from_str(text).unwrap();
        let kind = document["kind"].as_str().unwrap();
        schema["$ref"] = json!(format!("#/$defs/io.k8s.api.{package}.{kind}"));
        let validator = jsonschema::validator_for(&schema).unwrap();
        found.extend(
            validator
                .iter_errors(document)
                .map(|error| format!("{kind}{}: {error}", error.instance_path())),
        );
    }
    found
}

#[test]
fn every_document_is_one_that_the_api_knows() {
    let plain = documents(&[]);
    let kinds: Vec<&str> = plain.iter().map(|one| one["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["ServiceAccount", "Service", "StatefulSet", "HorizontalPodAutoscaler"]);
    let options = [
        "--name",
        "farm-a",
        "-n",
        "ci",
        "--arch",
        "arm64",
        "--min",
        "2",
        "--max",
        "9",
        "--cpu",
        "500m",
        "--memory",
        "2Gi",
        "--storage",
        "1.5Ti",
    ];
    for document in plain.iter().chain(&documents(&options)) {
        assert_eq!(faults(document), [""; 0]);
    }
}

#[test]
fn the_schemas_refuse_what_the_server_would_refuse() {
    let set = documents(&[]).remove(2);
    let with = |pointer: &str, value: Value| {
        let mut set = set.clone();
        *set.pointer_mut(pointer).expect(pointer) = value;
        faults(&set).len()
    };
    assert_eq!(faults(&set).len(), 0);
    // Once for each version.
    assert_eq!(with("/spec/template/spec", json!({"containers": [{"name": "a"}], "x": 1})), 2);
    assert_eq!(with("/spec/serviceName", json!(1)), 2);
    assert_eq!(with("/spec/template/spec/containers/0/ports/0", json!({"name": "x"})), 2);
    assert_eq!(with("/spec/template/spec/volumes/0/secret/defaultMode", json!("0440")), 2);
}

/// What no schema says, and the API server does.
#[test]
fn the_objects_fit_together() {
    let all = documents(&["--name", "farm-a", "-n", "ci"]);
    let [account, service, set, scaler] = all.as_slice() else { panic!("{all:?}") };
    for document in &all {
        assert_eq!(document["metadata"]["name"], "farm-a");
        assert_eq!(document["metadata"]["namespace"], "ci");
    }
    let spec = &set["spec"];
    let labels = &spec["template"]["metadata"]["labels"];
    assert_eq!(&spec["selector"]["matchLabels"], labels);
    assert_eq!(&service["spec"]["selector"], labels);
    assert_eq!(spec["serviceName"], service["metadata"]["name"]);
    assert_eq!(scaler["spec"]["scaleTargetRef"]["name"], set["metadata"]["name"]);
    assert_eq!(scaler["spec"]["scaleTargetRef"]["kind"], "StatefulSet");
    // The autoscaler's: `kubectl apply` would set them back.
    assert_eq!(spec.get("replicas"), None);
    let pod = &spec["template"]["spec"];
    assert_eq!(pod["serviceAccountName"], account["metadata"]["name"]);
    // Utilisation is a part of what is asked for.
    let container = &pod["containers"][0];
    assert_eq!(container["resources"]["requests"]["cpu"], "2");
    // Every mount has a volume, or a claim that is made for it.
    let volumes = pod["volumes"].as_array().unwrap().iter().map(|one| &one["name"]);
    let claims = spec["volumeClaimTemplates"].as_array().unwrap().iter();
    let there: Vec<&Value> = volumes.chain(claims.map(|one| &one["metadata"]["name"])).collect();
    for mount in container["volumeMounts"].as_array().unwrap() {
        assert!(there.contains(&&mount["name"]), "{mount}");
    }
    // Every port that is named is one of the container's.
    assert_eq!(service["spec"]["ports"][0]["targetPort"], container["ports"][0]["name"]);
    // Root it is not, and nothing of the host is mounted.
    assert_eq!(container["securityContext"]["runAsUser"], 1000);
    assert_eq!(container["securityContext"].get("privileged"), None);
    // Mutual TLS on every address that is reached from outside.
    let args: Vec<&str> =
        container["args"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    for option in ["--tlscacert", "--tlscert", "--tlskey"] {
        assert!(args.contains(&option), "{args:?}");
    }
}

#[test]
fn values_that_the_server_would_refuse_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    for (option, value, words) in [
        ("--name", "Build", "the name: found `Build`, expected lower-case letters"),
        ("--namespace", "a.b", "the namespace: found `a.b`"),
        ("--storage", "50GB", "the storage: found `50GB`, expected a quantity"),
        ("--max", "0", "the builders: found `1-0`"),
        ("--arch", "x86_64", "the architecture: found `x86_64`"),
    ] {
        let run = mad_in(dir.path(), &["builders", "manifest", option, value]);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{option}");
        assert!(run.stderr.contains(words), "{}", run.stderr);
    }
}
