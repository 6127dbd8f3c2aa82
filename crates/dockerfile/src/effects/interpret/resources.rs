//! Accounts as places, and the devices that keep nothing.

use crate::effects::Place;

/// One user's account.
pub fn account(name: &str) -> Place {
    Place::resource(&["account", name])
}

/// All accounts.
pub fn accounts() -> Place {
    Place::resource(&["account"]).and_below()
}

/// Devices that keep nothing.
pub(super) fn is_device(place: &Place) -> bool {
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
