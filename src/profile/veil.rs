//! Values that may be secrets are written down as their hash: one sees that they changed, not what
//! they are.
//!
//! Secrets belong into `--secret`. This is for those that came as an `ARG` or an `ENV` all the same.

use hash;

/// Parts of names that stand for secrets, in capitals.
const SIGNS: [&str; 8] =
    ["TOKEN", "PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "CREDENTIAL", "KEY", "AUTH"];

/// Whether something of this name may be a secret. Rather one too many.
pub fn looks_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    SIGNS.iter().any(|sign| name.contains(sign))
}

/// What may be written down of a secret: `sha256:` and the first 12 digits.
pub fn veil(value: &str) -> String {
    format!("sha256:{}", &hash::sha256(value)[..12])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets() {
        for name in ["NPM_TOKEN", "db_password", "API_KEY", "ApiKey", "AWS_CREDENTIALS"] {
            assert!(looks_secret(name), "{name}");
        }
        for name in ["DEV_UID", "BASE", "NODE_ENV"] {
            assert!(!looks_secret(name), "{name}");
        }
        assert_eq!(veil("x"), "sha256:2d711642b726");
    }
}
