//! What a key of a profile is, from the schema that editors get.

use serde_json::Value as Json;

use super::key;
use super::schema::json_schema;
use crate::project::yaml::suggest;

/// A key of a profile, explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyDocs {
    /// The key as a profile has it; `*` stands for a name of one's own.
    pub key: String,
    /// What it is for.
    pub text: String,
    /// What may stand there, in words.
    pub expects: String,
    /// The words of a choice, each with what it means.
    pub choices: Vec<(String, String)>,
    /// What stands below it, each with the first sentence of what it is for.
    pub below: Vec<(String, String)>,
}

/// The key at `path`, `apt.runtime` or `mounts.target`; places in lists may be left out. `Err` has what
/// was probably meant.
pub fn key_docs(path: &str) -> Result<KeyDocs, Option<String>> {
    let parts = key::parse(path).map_err(|_| None)?.0;
    let schema = json_schema();
    let (mut at, mut found) = (&schema, Vec::new());
    let mut text = text_of(at);
    for part in parts {
        let options = options(at);
        let named = options.iter().find_map(|option| option["properties"].get(&part.name));
        let any = || {
            options.iter().map(|option| &option["additionalProperties"]).find(|any| any.is_object())
        };
        let is_place = part.name.parse::<usize>().is_ok();
        match named {
            Some(field) => {
                found.push(part.name);
                at = field;
                text = text_of(at);
            }
            None if is_place && !found.is_empty() => {}
            None => {
                let Some(field) = any() else {
                    let known =
                        options.iter().filter_map(|option| option["properties"].as_object());
                    let mut known = known.flat_map(|fields| fields.keys().map(String::as_str));
                    let near = suggest(&part.name, known.by_ref());
                    let above = |name: &str| [&found[..], &[name.to_owned()]].concat().join(".");
                    return Err(near.map(above));
                };
                found.push("*".to_owned());
                at = field;
                // A name of one's own has no words of its own.
                text = Some(text_of(at)).filter(|text| !text.is_empty()).unwrap_or(text);
            }
        }
    }
    Ok(KeyDocs {
        key: found.join("."),
        text,
        expects: expects(at),
        choices: choices(at),
        below: below(at),
    })
}

impl super::Profile {
    /// The names of a dotted key, without their quotes; none of what is no key.
    pub fn key_parts(path: &str) -> Vec<String> {
        let parts = key::parse(path).map(|(parts, _)| parts).unwrap_or_default();
        parts.into_iter().map(|part| part.name).collect()
    }
}

/// What may stand here: of a list its entries, of several ways each one.
fn options(schema: &Json) -> Vec<&Json> {
    let ways = schema["anyOf"].as_array().or_else(|| schema["oneOf"].as_array());
    match ways {
        Some(ways) => ways.iter().flat_map(options).collect(),
        None if schema["items"].is_object() => options(&schema["items"]),
        None => vec![schema],
    }
}

fn text_of(schema: &Json) -> String {
    schema["description"].as_str().unwrap_or_default().replace('\n', " ")
}

fn choices(schema: &Json) -> Vec<(String, String)> {
    let of = |way: &&Json| Some((way["const"].as_str()?.to_owned(), text_of(way)));
    options(schema).iter().filter_map(of).collect()
}

fn below(schema: &Json) -> Vec<(String, String)> {
    let fields = options(schema).into_iter().filter_map(|way| way["properties"].as_object());
    let first = |text: String| match text.find(". ") {
        Some(end) => text[..=end].to_owned(),
        None => text,
    };
    let entry = |(name, field): (&String, &Json)| (name.clone(), first(text_of(field)));
    fields.flat_map(|fields| fields.iter().map(entry)).collect()
}

fn expects(schema: &Json) -> String {
    let ways = schema["anyOf"].as_array().or_else(|| schema["oneOf"].as_array());
    if let Some(ways) = ways {
        let mut words: Vec<String> = Vec::new();
        for way in ways.iter().filter(|way| way["const"].is_null()) {
            words.extend(
                Some(expects(way)).filter(|word| !word.is_empty() && !words.contains(word)),
            );
        }
        words
            .extend((ways.iter().any(|way| way["const"].is_string())).then(|| "a word".to_owned()));
        return words.join(" or ");
    }
    let kind = match &schema["type"] {
        Json::Array(kinds) => {
            kinds.iter().find_map(|kind| kind.as_str().filter(|it| *it != "null"))
        }
        kind => kind.as_str(),
    };
    match kind {
        Some("string") => "text",
        Some("boolean") => "`true` or `false`",
        Some("integer") => match (schema["minimum"].as_i64(), schema["maximum"].as_i64()) {
            (Some(least), Some(most)) => return format!("a number from {least} to {most}"),
            _ => "a whole number",
        },
        Some("array") => {
            let of = expects(&schema["items"]);
            return if of.is_empty() { "a list".to_owned() } else { format!("a list of: {of}") };
        }
        Some("object") => "a map",
        _ => "",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_explained_by_the_schema() {
        let docs = key_docs("gpu.cuda").unwrap();
        assert_eq!((docs.key.as_str(), docs.expects.as_str()), ("gpu.cuda", "text"));
        assert!(docs.text.contains("CUDA version"), "{docs:?}");
        let docs = key_docs("mounts.0.kind").unwrap();
        assert_eq!(docs.key, "mounts.kind");
        assert!(docs.choices.iter().any(|(word, text)| word == "cache" && !text.is_empty()));
        let docs = key_docs("run").unwrap();
        assert_eq!(docs.expects, "a list of: text or a map");
        assert!(docs.below.iter().any(|(name, text)| name == "network" && !text.is_empty()));
        let docs = key_docs("env.\"A.B\"").unwrap();
        assert_eq!((docs.key.as_str(), docs.text.is_empty()), ("env.*", false));
        assert_eq!(
            key_docs("services.web.restart.budget").unwrap().key,
            "services.*.restart.budget"
        );
        assert_eq!(key_docs("apt.runtim"), Err(Some("apt.runtime".to_owned())));
        assert_eq!(key_docs("zzz"), Err(None));
    }

    /// Of every key, at every depth, there is something to say.
    #[test]
    fn no_key_is_without_words() {
        let mut open = vec![String::new()];
        let mut seen = 0;
        let top = below(&json_schema());
        open.extend(top.into_iter().map(|(name, _)| name));
        open.remove(0);
        while let Some(key) = open.pop() {
            let docs = key_docs(&key).unwrap_or_else(|_| panic!("{key}"));
            assert!(!docs.text.is_empty(), "{key}");
            open.extend(docs.below.iter().map(|(name, _)| format!("{key}.{name}")));
            seen += 1;
        }
        assert!(seen > 60, "{seen}");
    }
}
