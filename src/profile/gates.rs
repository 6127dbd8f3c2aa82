//! The key `gates`: what an image must show before its tag moves.
//!
//! A gate is a word, `permissions: warn`, or a map with its limits, `ready: {within: 5s, action: warn}`.
//! What a profile does not name has the default of [`Gates::action`].

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use runtime_config::Duration;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What an image must show before its tag moves. Each is `fail` (the tag stays), `warn` (it moves, and that is
/// said) or `off`, or a map with limits and an `action`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Gates {
    /// A container is ready in time, by `mad-runtime ready` or the image's HEALTHCHECK.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "word_or_map")]
    #[schemars(schema_with = "either::<ReadyGate>")]
    pub ready: Option<ReadyGate>,
    /// No program of `services` fails once all are ready.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "word_or_map")]
    #[schemars(schema_with = "either::<ServicesGate>")]
    pub services: Option<ServicesGate>,
    /// No log of the container, or of a program in it, tells of a denied permission; neither as the image's user
    /// nor as another.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "word_or_map")]
    #[schemars(schema_with = "either::<PermissionsGate>")]
    pub permissions: Option<PermissionsGate>,
    /// The home and the work directories have their owner and mode.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "word_or_map")]
    #[schemars(schema_with = "either::<PlainGate>")]
    pub directories: Option<PlainGate>,
    /// No file has set-user-id or set-group-id but those of the base image.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "word_or_map")]
    #[schemars(schema_with = "either::<AllowGate>")]
    pub setuid: Option<AllowGate>,
    /// No credential is in a file, a variable, a label or the history.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "word_or_map")]
    #[schemars(schema_with = "either::<AllowGate>")]
    pub secrets: Option<AllowGate>,
    /// The packages of the profile are there, in these versions.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "word_or_map")]
    #[schemars(schema_with = "either::<PlainGate>")]
    pub tools: Option<PlainGate>,
    /// Every probe of a patch passes in the image. That the patched files are those that were proven is checked
    /// in any case.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "word_or_map")]
    #[schemars(schema_with = "either::<PlainGate>")]
    pub patches: Option<PlainGate>,
    /// The image is no larger.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "word_or_map")]
    #[schemars(schema_with = "either::<SizeGate>")]
    pub size: Option<SizeGate>,
}

/// What follows when a gate does not hold.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Default,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum GateAction {
    /// It is not tried.
    Off,
    /// The tag moves, and it is said.
    Warn,
    /// The tag stays where it is.
    #[default]
    Fail,
}

/// Each gate by its name.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum GateName {
    /// The container can be started at all; with `ready`.
    Start,
    /// Ready in time.
    Ready,
    /// No program fails.
    Services,
    /// No denied permission.
    Permissions,
    /// Owners and modes.
    Directories,
    /// No program runs as somebody else.
    Setuid,
    /// No credentials.
    Secrets,
    /// Packages and their versions.
    Tools,
    /// The probes of the patches.
    Patches,
    /// Bytes.
    Size,
}

impl GateName {
    /// All of them, in the order of a report.
    pub const ALL: [Self; 10] = [
        Self::Start,
        Self::Ready,
        Self::Services,
        Self::Permissions,
        Self::Directories,
        Self::Setuid,
        Self::Secrets,
        Self::Tools,
        Self::Patches,
        Self::Size,
    ];

    /// One word, as in the profile.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Ready => "ready",
            Self::Services => "services",
            Self::Permissions => "permissions",
            Self::Directories => "directories",
            Self::Setuid => "setuid",
            Self::Secrets => "secrets",
            Self::Tools => "tools",
            Self::Patches => "patches",
            Self::Size => "size",
        }
    }
}

/// How soon a container must be ready.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReadyGate {
    /// From the request to create the container on; the median, where there are several runs.
    pub within: Duration,
    /// How many containers are started, one after the other.
    #[schemars(range(min = 1, max = 100))]
    pub runs: u32,
    /// What follows.
    pub action: GateAction,
}

impl Default for ReadyGate {
    fn default() -> Self {
        Self { within: Duration::from_secs(30), runs: 1, action: GateAction::Fail }
    }
}

/// How long the programs are looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ServicesGate {
    /// From the moment on at which all of them are ready.
    pub watch: Duration,
    /// What follows.
    pub action: GateAction,
}

impl Default for ServicesGate {
    fn default() -> Self {
        Self { watch: Duration::from_secs(2), action: GateAction::Fail }
    }
}

/// As whom a container is started beside the image's user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PermissionsGate {
    /// `UID:GID`; empty for nobody else.
    pub user: String,
    /// What follows.
    pub action: GateAction,
}

impl Default for PermissionsGate {
    fn default() -> Self {
        Self { user: OTHER_USER.to_owned(), action: GateAction::Fail }
    }
}

/// A user that no image knows.
pub const OTHER_USER: &str = "4242:4242";

/// A gate without limits.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PlainGate {
    /// What follows.
    pub action: GateAction,
}

/// A gate with exceptions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AllowGate {
    /// Paths in the image that may be there all the same.
    pub allow: Vec<String>,
    /// What follows.
    pub action: GateAction,
}

/// How large the image may be.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SizeGate {
    /// As the engine counts it: `2GB`, `800MB`, `1.5GiB`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<ImageSize>,
    /// What follows.
    pub action: GateAction,
}

/// Bytes of an image, as people write them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImageSize(pub u64);

/// The largest first.
const SIZES: [(&str, u64); 7] = [
    ("GiB", 1 << 30),
    ("GB", 1_000_000_000),
    ("MiB", 1 << 20),
    ("MB", 1_000_000),
    ("KiB", 1 << 10),
    ("kB", 1000),
    ("B", 1),
];

impl FromStr for ImageSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no size; write `2GB`, `800MB` or `1.5GiB`");
        let (unit, factor) =
            SIZES.iter().find(|(unit, _)| text.ends_with(unit)).ok_or_else(wrong)?;
        let number = text[..text.len() - unit.len()].trim_end();
        let is_number = number.chars().all(|c| c.is_ascii_digit() || c == '.');
        let number: f64 = number.parse().ok().filter(|_| is_number).ok_or_else(wrong)?;
        let bytes = number * *factor as f64;
        if (1.0..1e18).contains(&bytes) { Ok(Self(bytes.round() as u64)) } else { Err(wrong()) }
    }
}

impl fmt::Display for ImageSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fits = |(_, factor): &&(&str, u64)| self.0.is_multiple_of(*factor);
        let (unit, factor) = SIZES.iter().find(fits).unwrap_or(&SIZES[SIZES.len() - 1]);
        write!(f, "{}{unit}", self.0 / factor)
    }
}

impl Serialize for ImageSize {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ImageSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for ImageSize {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ImageSize".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^[0-9]+(\\.[0-9]+)? *(GiB|MiB|KiB|GB|MB|kB|B)$"})
    }
}

impl Gates {
    /// What follows when a gate does not hold. Where a profile does not say, `ready`, `services` and
    /// `permissions` fail where the image starts programs, which costs one start of it; the others
    /// are off. That a container starts at all goes with `ready`.
    pub fn action(&self, name: GateName, starts_programs: bool) -> GateAction {
        let (asked, default) = match name {
            GateName::Start | GateName::Ready => {
                (self.ready.as_ref().map(|gate| gate.action), starts_programs)
            }
            GateName::Services => (self.services.as_ref().map(|gate| gate.action), starts_programs),
            GateName::Permissions => {
                (self.permissions.as_ref().map(|gate| gate.action), starts_programs)
            }
            GateName::Directories => (self.directories.as_ref().map(|gate| gate.action), false),
            GateName::Setuid => (self.setuid.as_ref().map(|gate| gate.action), false),
            GateName::Secrets => (self.secrets.as_ref().map(|gate| gate.action), false),
            GateName::Tools => (self.tools.as_ref().map(|gate| gate.action), false),
            GateName::Patches => (self.patches.as_ref().map(|gate| gate.action), false),
            GateName::Size => (self.size.as_ref().map(|gate| gate.action), false),
        };
        asked.unwrap_or(if default { GateAction::Fail } else { GateAction::Off })
    }

    /// Whether nothing is said of any gate.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A gate that has an action.
trait HasAction {
    fn with(action: GateAction) -> Self;
}

macro_rules! has_action {
    ($($gate:ty),+) => {
        $(impl HasAction for $gate {
            fn with(action: GateAction) -> Self {
                let mut gate = Self::default();
                gate.action = action;
                gate
            }
        })+
    };
}

has_action!(ReadyGate, ServicesGate, PermissionsGate, PlainGate, AllowGate, SizeGate);

/// `fail`, or a map; by hand, because serde's untagged enums lose the reason of an error.
fn word_or_map<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: HasAction + Deserialize<'de>,
{
    struct Form<T>(PhantomData<T>);

    impl<'de, T: HasAction + Deserialize<'de>> Visitor<'de> for Form<T> {
        type Value = Option<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("`fail`, `warn`, `off`, or a map with `action`")
        }

        fn visit_unit<E: serde::de::Error>(self) -> Result<Option<T>, E> {
            Ok(None)
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Option<T>, E> {
            let action = GateAction::deserialize(StrDeserializer::<E>::new(text))?;
            Ok(Some(T::with(action)))
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Option<T>, A::Error> {
            T::deserialize(MapAccessDeserializer::new(map)).map(Some)
        }
    }

    deserializer.deserialize_any(Form(PhantomData))
}

fn either<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    let map = generator.subschema_for::<T>();
    json_schema!({"anyOf": [{"type": "string", "enum": ["fail", "warn", "off"]}, map]})
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: serde_json::Value) -> Result<Gates, String> {
        serde_json::from_value(value).map_err(|error| error.to_string())
    }

    #[test]
    fn a_gate_is_a_word_or_a_map() {
        let gates = read(json!({
            "ready": {"within": "5s", "action": "warn"},
            "permissions": "off",
            "size": {"max": "2GB"},
            "setuid": {"allow": ["/usr/bin/ping"]}
        }))
        .unwrap();
        let ready = gates.ready.as_ref().unwrap();
        assert_eq!((ready.within, ready.runs), (Duration::from_secs(5), 1));
        assert_eq!(gates.size.as_ref().unwrap().max, Some(ImageSize(2_000_000_000)));
        for (name, with_programs, without) in [
            (GateName::Start, GateAction::Warn, GateAction::Warn),
            (GateName::Ready, GateAction::Warn, GateAction::Warn),
            (GateName::Services, GateAction::Fail, GateAction::Off),
            (GateName::Permissions, GateAction::Off, GateAction::Off),
            (GateName::Setuid, GateAction::Fail, GateAction::Fail),
            (GateName::Size, GateAction::Fail, GateAction::Fail),
            (GateName::Secrets, GateAction::Off, GateAction::Off),
        ] {
            assert_eq!(gates.action(name, true), with_programs, "{name:?}");
            assert_eq!(gates.action(name, false), without, "{name:?}");
        }
        let again: Gates = serde_json::from_value(serde_json::to_value(&gates).unwrap()).unwrap();
        assert_eq!(again, gates);
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (value, words) in [
            (json!({"ready": "maybe"}), "unknown variant `maybe`"),
            (json!({"ready": {"within": "5 years"}}), "is no time"),
            (json!({"size": {"max": "2 apples"}}), "is no size"),
            (json!({"size": {"max": "0GB"}}), "is no size"),
            (json!({"speed": "fail"}), "unknown field `speed`"),
        ] {
            let error = read(value).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn sizes_are_written_as_they_are_read() {
        for text in ["2GB", "800MB", "1536MiB", "1GiB", "7B"] {
            assert_eq!(text.parse::<ImageSize>().unwrap().to_string(), text);
        }
        assert_eq!("1.5GiB".parse::<ImageSize>(), Ok(ImageSize(3 << 29)));
    }
}
