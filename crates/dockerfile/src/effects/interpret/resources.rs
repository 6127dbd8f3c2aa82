//! Accounts as places, and the devices that keep nothing.

use crate::effects::PathSet;

/// One user's account.
pub fn account(name: &str) -> PathSet {
    PathSet::resource(&["account", name])
}

/// All accounts.
pub fn accounts() -> PathSet {
    PathSet::resource(&["account"]).and_below()
}

/// Devices that keep nothing.
pub(super) fn is_device(place: &PathSet) -> bool {
    place.path().is_some_and(|path| {
        matches!(
            path.as_str(),
            "/dev/null"
                | "/dev/stdout"
                | "/dev/stderr"
                | "/dev/stdin"
                | "/dev/tty"
                | "/dev/zero"
                | "/dev/full"
                | "/dev/urandom"
                | "/dev/random"
        ) || path.starts_with("/dev/fd/")
    })
}
