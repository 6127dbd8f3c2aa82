//! What is asked for a profile, and what an answer makes of it.

use super::*;
use crate::profile::Profile;
use crate::project::testing::project;

const OWN: &str =
    "extends: common\npython:\n  packages:\n    - flask==2.0  # ours\n  lock: l.txt\n";

fn wanted(texts: &[&str]) -> Vec<Requirement> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn update_of(
    files: &[(&str, &str)],
    texts: &[&str],
    extent: UpdateScope<'_>,
) -> Result<(Update, Edit), UpdateError> {
    let (_folder, project) = project(files);
    let loaded = Profile::load(&project, "own", &[], None).unwrap();
    let update = Update::of(&project, &loaded, wanted(texts), extent)?;
    Ok((update, own_file(&project, &loaded)?))
}

#[test]
fn what_fits_is_not_asked_again() {
    let fits = [("profiles/own.yaml", "extends: common\n")];
    let (update, _) = update_of(&fits, &[], UpdateScope::Needed(&[])).unwrap();
    assert!(update.resolve.is_empty() && update.paths().is_empty());
    let (update, _) = update_of(&fits, &[], UpdateScope::Needed(&[Registry::Pip])).unwrap();
    assert_eq!(update.paths(), [Resolve::REQUIREMENTS]);
    let (update, _) = update_of(&fits, &[], UpdateScope::Everything).unwrap();
    assert_eq!(update.paths().len(), 3);
    assert_eq!(update.resolve.python.unwrap().lock, None);
}

#[test]
fn new_requirements_take_the_place_of_old_ones_and_the_rest_of_the_lock_is_kept() {
    let lock = "a==1\nflask==2.0 \\\n    --hash=x\n";
    let files = [("profiles/own.yaml", OWN), ("l.txt", lock)];
    let (update, mut edit) =
        update_of(&files, &["pip:Flask>=3", "pip:httpx", "apt:ffmpeg"], UpdateScope::Needed(&[]))
            .unwrap();
    let python = update.resolve.python.clone().unwrap();
    assert!(python.requirements.contains(&"Flask>=3".to_owned()), "{python:?}");
    // `common` has httpx, too.
    let named =
        |name: &str| python.requirements.iter().filter(|line| line.starts_with(name)).count();
    assert_eq!((named("flask"), named("httpx"), named("rich")), (0, 1, 1));
    assert_eq!(python.lock.as_deref(), Some("a==1\n"));
    let answer = Answer {
        requirements: Some("a==1\nflask==3.1\nhttpx==0.28.1\n".to_owned()),
        policy: Some("ffmpeg:\n  Candidate: 7:7.1.1-1\n".to_owned()),
        ..Answer::default()
    };
    let updated = update.apply(&answer, &mut edit).unwrap();
    assert_eq!(
        edit.text(),
        "extends: common\npython:\n  packages:\n    - Flask==3.1  # ours\n    - httpx==0.28.1\n  lock: l.txt\n\napt:\n  runtime:\n    - ffmpeg=7:7.*\n"
    );
    assert_eq!(updated.files, [("l.txt".to_owned(), answer.requirements.unwrap())]);
    assert_eq!(updated.changes.len(), 2);
}

#[test]
fn a_lock_that_others_may_share_is_left_to_them() {
    let files = [("profiles/own.yaml", "extends: common\n")];
    let (update, mut edit) =
        update_of(&files, &["npm:left-pad"], UpdateScope::Needed(&[])).unwrap();
    let node = update.resolve.node.clone().unwrap();
    assert_eq!(node.add, ["left-pad@latest"]);
    assert!(node.lock.unwrap().contains("claude-flow"), "what fits stays");
    let answer = Answer {
        package_json: Some("{\"dependencies\": {\"left-pad\": \"1.3.0\"}}".to_owned()),
        package_lock: Some("{}".to_owned()),
        ..Answer::default()
    };
    let updated = update.apply(&answer, &mut edit).unwrap();
    let paths: Vec<&str> = updated.files.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths, ["profiles/locks/own/package.json", "profiles/locks/own/package-lock.json"]);
    assert!(edit.text().ends_with(
        "node:\n  packages:\n    left-pad: 1.3.0\n  lock: profiles/locks/own/package-lock.json\n"
    ));
}

#[test]
fn answers_that_no_profile_can_hold_are_refused() {
    let files = [("profiles/own.yaml", OWN), ("l.txt", "flask==2.0\n")];
    for (text, requirements, expected) in [
        ("pip:x", "a==1\n", "found no version of `pip:x`"),
        ("pip:x", "x==1 ; a\nx==2 ; b\n", "`pip:x` would be 1 and 2, expected one version"),
        ("pip:x", "x==nightly\n", "`pip:x` is at version `nightly`"),
        ("apt:xx", "", "found no version of `apt:xx`"),
    ] {
        let (update, mut edit) = update_of(&files, &[text], UpdateScope::Needed(&[])).unwrap();
        let answer = Answer {
            requirements: Some(requirements.to_owned()),
            policy: Some("xx:\n  Candidate: (none)\n".to_owned()),
            ..Answer::default()
        };
        let error = update.apply(&answer, &mut edit).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert_eq!(edit.text(), OWN);
    }
    let (update, mut edit) = update_of(&files, &["pip:x"], UpdateScope::Needed(&[])).unwrap();
    assert!(update.apply(&Answer::default(), &mut edit).is_err());
}

#[test]
fn profiles_that_cannot_be_locked_are_told() {
    let (_folder, project) = project(&[("profiles/gpu.yaml", "extends: cuda\n")]);
    let loaded = |name: &str| Profile::load(&project, name, &[], None).unwrap();
    let update = |name: &str, text: &str| {
        Update::of(&project, &loaded(name), wanted(&[text]), UpdateScope::Needed(&[])).unwrap_err()
    };
    assert!(matches!(update("gpu", "pip:x"), UpdateError::Gpu));
    assert!(matches!(update("cpu", "pip:x"), UpdateError::NotOwn { .. }));
    // npm's lock is not the CUDA table's.
    let npm = Update::of(&project, &loaded("gpu"), wanted(&["npm:x"]), UpdateScope::Needed(&[]));
    assert!(npm.unwrap().resolve.python.is_none());
}

#[test]
fn the_newest_are_asked_for_by_name_or_all() {
    let edit = Edit::new(
        "p.yaml",
        "python: {packages: ['a[x]==1', b==2]}\nnode: {packages: {c: 1.0.0, d: null}}\napt: {runtime: [jq]}\n",
    );
    let asked = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let wanted = newest(&edit, "p", &names)?;
        Ok::<_, UpdateError>(wanted.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
    };
    assert_eq!(asked(&[]).unwrap(), "pip:a[x] pip:b npm:c apt:jq");
    assert_eq!(asked(&["A", "npm:c"]).unwrap(), "pip:a[x] npm:c");
    assert_eq!(
        asked(&["pip:c"]).unwrap_err().to_string(),
        "the profile `p` has no package `pip:c` of its own"
    );
}
