//! A name on the engine that is taken away when the test is over.

use std::ops::Deref;

use super::engine::{docker_command, image_id, unique};

/// Images of small projects have it, so that those that lost their name can be found.
pub const TEST_LABEL: &str = "mad.test";

/// An image name, removed at the end, whatever came of the test.
pub struct Image(String);

impl Image {
    /// A fresh name for a test.
    pub fn named(what: &str) -> Self {
        Self(format!("mad-test/{}:latest", unique(what)))
    }

    /// The image it names now.
    pub fn id(&self) -> Option<String> {
        image_id(&self.0)
    }
}

impl Deref for Image {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        // Nothing to say when the name was never given.
        let _ = docker_command(&["image", "rm", "--force", &self.0]).output();
        let filter = format!("label={TEST_LABEL}");
        let _ = docker_command(&["image", "prune", "--force", "--filter", &filter]).output();
    }
}
