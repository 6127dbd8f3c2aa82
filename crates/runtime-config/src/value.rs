//! A configuration from values that another file holds, a profile: all that is wrong at once.

use serde_json::Value;
use serde_path_to_error::Segment;

use crate::RuntimeConfig;
use crate::error::{ConfigError, Problem};

impl RuntimeConfig {
    /// Reads the values. Of one list the first wrong entry is told; how the values fit together is told
    /// once each of them can be read.
    pub fn from_value(mut value: Value) -> Result<Self, ConfigError> {
        let mut problems = Vec::new();
        loop {
            match serde_path_to_error::deserialize::<_, Self>(&value) {
                Ok(config) if problems.is_empty() => return config.check().map(|()| config),
                Ok(_) => return Err(ConfigError { problems }),
                Err(error) => {
                    let problem = error.inner().to_string();
                    problems.push(Problem { key: error.path().to_string(), problem });
                    let path: Vec<&Segment> = error.path().iter().collect();
                    if !remove(&mut value, &path) {
                        return Err(ConfigError { problems });
                    }
                }
            }
        }
    }
}

/// Takes away what was told, so that the rest is read: the deepest value of a map on the way.
fn remove(value: &mut Value, path: &[&Segment]) -> bool {
    let Some((Segment::Map { key }, below)) = path.split_first() else {
        return false;
    };
    let Some(map) = value.as_object_mut() else {
        return false;
    };
    map.get_mut(key).is_some_and(|inner| remove(inner, below)) || map.remove(key).is_some()
}
