//! What `--progress json` said.

use serde_json::Value;

/// The events of one build, in order.
#[derive(Debug)]
pub struct Events(Vec<Value>);

impl Events {
    /// Every line must be an event of the known schema.
    pub fn parse(text: &str) -> Self {
        let events = text.lines().map(|line| {
            let event: Value = serde_json::from_str(line)
                .unwrap_or_else(|error| panic!("not an event ({error}): {line}"));
            assert_eq!(event["schema"], "mad.build-event/1", "{line}");
            assert!(event["type"].is_string(), "{line}");
            event
        });
        Self(events.collect())
    }

    pub fn of_type<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        self.0.iter().filter(move |event| event["type"] == kind)
    }

    /// The engine's name for the build.
    pub fn build_ref(&self) -> &str {
        let started = self.of_type("build-started").next().expect("the build began");
        started["build_ref"].as_str().expect("build_ref is text")
    }

    /// How the build ended; after it comes at most what it was judged to be.
    pub fn end(&self) -> &Value {
        let end = self.0.iter().rposition(|event| event["type"] == "build-finished");
        let end = end.expect("the build ended");
        assert!(self.0[end + 1..].iter().all(|event| event["type"] == "build-judged"));
        &self.0[end]
    }

    pub fn image_id(&self) -> &str {
        self.end()["image_id"].as_str().expect("an image was built")
    }

    /// `stage: instruction` of the steps in `state`, in the order of the Dockerfile.
    pub fn steps(&self, state: &str) -> Vec<String> {
        self.named_steps().filter(|(_, found)| *found == state).map(|(name, _)| name).collect()
    }

    /// All steps, in the order of the Dockerfile.
    pub fn all_steps(&self) -> Vec<String> {
        self.named_steps().map(|(name, _)| name).collect()
    }

    fn named_steps(&self) -> impl Iterator<Item = (String, &str)> {
        let steps = self.end()["steps"].as_array().expect("steps is a list");
        steps.iter().map(|step| {
            let name = format!("{}: {}", text(&step["stage"]), text(&step["instruction"]));
            (name, text(&step["state"]))
        })
    }

    /// The steps that ran.
    pub fn executed(&self) -> Vec<String> {
        self.steps("done")
    }

    /// What steps wrote.
    pub fn log(&self) -> Vec<&str> {
        self.of_type("step-log").map(|event| event["line"].as_str().expect("text")).collect()
    }
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}
