//! How many GPUs, and what of the driver.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Gpu;

/// How many of the host's GPUs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GpuCount {
    /// As many as there are.
    #[default]
    All,
    /// So many.
    Number(u32),
}

/// A part of the driver, by the name that NVIDIA's toolkit gives it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum GpuCapability {
    /// CUDA and OpenCL.
    Compute,
    /// `nvidia-smi` and NVML.
    Utility,
    /// OpenGL and Vulkan.
    Graphics,
    /// The video codecs.
    Video,
    /// X11.
    Display,
    /// Programs of 32 bits.
    Compat32,
    /// NGX.
    Ngx,
}

impl GpuCount {
    /// Whether it is all of them.
    pub fn is_all(&self) -> bool {
        *self == Self::All
    }
}

impl Gpu {
    /// What the container gets of the driver: `compute` and `utility`, and what the profile adds.
    pub fn capabilities(&self) -> Vec<&'static str> {
        let mut all = vec![GpuCapability::Compute, GpuCapability::Utility];
        all.extend(&self.capabilities);
        all.sort_unstable();
        all.dedup();
        all.into_iter().map(GpuCapability::name).collect()
    }
}

impl GpuCapability {
    fn name(self) -> &'static str {
        match self {
            Self::Compute => "compute",
            Self::Utility => "utility",
            Self::Graphics => "graphics",
            Self::Video => "video",
            Self::Display => "display",
            Self::Compat32 => "compat32",
            Self::Ngx => "ngx",
        }
    }
}

impl Serialize for GpuCount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All => serializer.serialize_str("all"),
            Self::Number(number) => serializer.serialize_u32(*number),
        }
    }
}

impl<'de> Deserialize<'de> for GpuCount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Number(u32),
            Text(String),
        }
        let wrong = |found: String| {
            serde::de::Error::custom(format!(
                "found {found}, expected `all` or a number from 1 to 64"
            ))
        };
        match Written::deserialize(deserializer)? {
            Written::Number(number @ 1..=64) => Ok(Self::Number(number)),
            Written::Number(number) => Err(wrong(number.to_string())),
            Written::Text(text) if text == "all" => Ok(Self::All),
            Written::Text(text) => Err(wrong(format!("`{text}`"))),
        }
    }
}

impl JsonSchema for GpuCount {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "GpuCount".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": 64},
                {"enum": ["all"]}
            ]
        })
    }
}
