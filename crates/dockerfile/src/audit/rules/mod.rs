//! The rules, one a file.

pub(super) mod account_files;
pub(super) mod before_it_exists;
pub(super) mod chown_r;
pub(super) mod copy_owner;
pub(super) mod home_differs;
pub(super) mod linked_homes;
pub(super) mod max_switches;
pub(super) mod no_account;
pub(super) mod password;
pub(super) mod powerful_group;
pub(super) mod redundant;
pub(super) mod root_at_end;
pub(super) mod set_uid;
pub(super) mod sudo;
pub(super) mod sudo_nopasswd;
pub(super) mod unset_variable;
pub(super) mod world_writable;

pub(super) use max_switches::limit;
