//! What is wrong with a configuration, by key.

use std::fmt;

/// One key and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// As a path, `mcp.servers.blender.connect`; empty for the file as a whole.
    pub key: String,
    pub problem: String,
}

/// All that is wrong, so that it is mended in one go.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    pub problems: Vec<Problem>,
}

impl ConfigError {
    pub(crate) fn one(key: String, problem: String) -> Self {
        Self { problems: vec![Problem { key, problem }] }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Problem { key, problem }) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            match key.as_str() {
                "" => f.write_str(problem)?,
                key => write!(f, "`{key}`: {problem}")?,
            }
        }
        Ok(())
    }
}
