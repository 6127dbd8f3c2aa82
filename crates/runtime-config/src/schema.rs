//! JSON Schema of the values that are written as text.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::amount::{Duration, Rate, Size};
use crate::mcp::Token;
use crate::mounts::Mode;
use crate::services::{Budget, Http, Target};

macro_rules! schema {
    ($type:ident, $($json:tt)+) => {
        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($($json)+)
            }
        }
    };
}

schema!(Duration, {"type": "string", "pattern": "^[0-9]+ *(ms|s|m|h)$"});
schema!(Rate, {"type": "string", "pattern": "^[0-9]+/s$"});
schema!(Size, {
    "anyOf": [
        {"type": "integer", "minimum": 1024, "maximum": 1 << 30},
        {"type": "string", "pattern": "^[0-9]+ *(GiB|MiB|KiB|B)?$"}
    ]
});
schema!(Token, {
    "type": "object",
    "additionalProperties": false,
    "properties": {
        "secret": {"type": "string", "description": "The name of a mounted secret, `/run/secrets/NAME`."},
        "file": {"type": "string", "description": "A path in the container."}
    }
});
schema!(Mode, {"type": "string", "pattern": "^0?[0-7]{3,4}$"});
schema!(Budget, {"type": "string", "pattern": "^[0-9]+/[mhd]$"});
schema!(Target, {"type": "string", "pattern": "^[A-Za-z0-9._-]*:[0-9]+(/.*)?$"});
schema!(Http, {
    "anyOf": [
        {"type": "string", "pattern": "^[A-Za-z0-9._-]*:[0-9]+(/.*)?$"},
        {
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "url": {"type": "string", "description": "`:9500/ready`, or with a host."},
                "status": {"type": "integer", "description": "Absent: any from 200 to 399."},
                "body": {"type": "string", "description": "Text in the body."},
                "header": {
                    "type": "object",
                    "additionalProperties": {"type": "string"},
                    "description": "Headers with these values."
                }
            }
        }
    ]
});
