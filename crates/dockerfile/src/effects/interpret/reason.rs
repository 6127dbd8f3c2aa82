//! Why the effects of a text are not certain: one variant a reason, the words in one place.

use crate::shell::Unreadable;

/// Why a command's effects are not certain, in words that follow "because". The words say what each is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    #[error("an `ARG` is called `PATH`")]
    ArgNamedPath,
    #[error("it uses arrays")]
    Arrays,
    #[error("it leaves something in the background")]
    Background,
    #[error("it changes `PATH`")]
    ChangesPath,
    #[error("`{0}` changes how its shell works")]
    ChangesShell(String),
    #[error("`{0} -c` reads what its list names")]
    ChecksumList(String),
    #[error("it compares the times of files")]
    ComparesFileTimes,
    #[error("it defines a function")]
    DefinesFunction,
    #[error("a path in it is empty")]
    EmptyPath,
    #[error("it executes what a variable says")]
    ExecutesVariable,
    #[error("a word in it may do more than expand")]
    ExpansionWithEffects,
    #[error("its `grep -r` goes through the working folder")]
    GrepsWorkingFolder,
    #[error("its `ln` has one operand")]
    LinkWithOneOperand,
    #[error("it lists a folder that is not certain")]
    ListsUncertainFolder,
    #[error("it has a loop whose turns are not certain")]
    LoopCondition,
    #[error("its loop has turns that are not certain")]
    LoopItems,
    #[error("`{0}` may be another command here")]
    MayBeOtherCommand(String),
    #[error("links may lead elsewhere from `{0}`")]
    MayContainSymlinks(String),
    #[error("its `{0}` says nothing")]
    NoMode(String),
    #[error("`{0}` is not one file")]
    NotOneFile(String),
    #[error("its option `-{0}` has no value")]
    OptionWithoutValue(char),
    #[error("it is a script for another interpreter")]
    OtherInterpreter,
    #[error("its shell is not one that is read")]
    OtherShell,
    #[error("`{0}` is a program of its own")]
    OwnProgram(String),
    #[error("`{0}` may change anything")]
    PackageManager(String),
    #[error("`{0}` goes back through `..`")]
    ParentFolder(String),
    #[error("`printf -v` sets a variable")]
    PrintfSetsVariable,
    #[error("it reads from a process")]
    ReadsFromProcess,
    #[error("`{0}` is relative to a folder that is not certain")]
    RelativeToUncertain(String),
    #[error("its `sed -i` keeps a copy")]
    SedKeepsCopy,
    #[error("its `sed` script may do more than edit")]
    SedScript,
    #[error("it sets `{0}`")]
    SetsVariable(String),
    #[error("it sets variables for one command")]
    SetsVariablesForCommand,
    #[error("whom it is about is not certain")]
    UncertainAccount,
    #[error("its `{0}` is not certain")]
    UncertainArguments(String),
    #[error("what it looks for is not certain")]
    UncertainCommandName,
    #[error("where it puts things is not certain")]
    UncertainDestination,
    #[error("its folder is not certain")]
    UncertainFolder,
    #[error("what `getent` asks is not certain")]
    UncertainGetentKey,
    #[error("its home is not certain")]
    UncertainHome,
    #[error("where it makes the home is not certain")]
    UncertainHomeBase,
    #[error("the number that it gives is not certain")]
    UncertainId,
    #[error("where it mounts is not certain")]
    UncertainMountTarget,
    #[error("`PATH` is not certain")]
    UncertainPath,
    #[error("`{0}` is not certain")]
    UncertainWord(String),
    #[error("`cd {0}` is not certain")]
    UncertainWorkingFolder(String),
    #[error("its `uniq` writes a file")]
    UniqWrites,
    #[error("what `{0}` does is not known")]
    UnknownCommand(String),
    #[error("what `git` does here is not known")]
    UnknownGitCommand,
    #[error("what its `gpasswd` does is not known")]
    UnknownGpasswdAction,
    #[error("its option `{0}` is not known")]
    UnknownOption(String),
    #[error("its option `-{0}` is not known")]
    UnknownShortOption(char),
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}
