//! Files before and after a change.

use super::*;
use proptest::prelude::*;

const PYTHON: &[&str] = &["python", "packages"];
const NODE: &[&str] = &["node", "packages"];

fn put(text: &str, keys: &[&str], item: &str) -> String {
    let mut edit = Edit::new("p.yaml", text);
    edit.put_item(keys, item).unwrap();
    edit.text().to_owned()
}

#[test]
fn an_item_goes_to_the_end_of_its_list_and_comments_stay() {
    let text = "# Mine.\nextends: common\n\npython:   # from PyPI\n  packages:\n    # why\n    - a==1  # pinned\n    - b==2\n\n    # - c==3\n\nenv:\n  X: \"1\"\n";
    assert_eq!(
        put(text, PYTHON, "httpx==0.28.1"),
        text.replace("    - b==2\n", "    - b==2\n    - httpx==0.28.1\n")
    );
    assert_eq!(put(text, PYTHON, "A==7"), text.replace("a==1  # pinned", "A==7  # pinned"));
    // The last line has no end.
    assert_eq!(
        put("python:\n  packages:\n  - a==1", PYTHON, "b==2"),
        "python:\n  packages:\n  - a==1\n  - b==2\n"
    );
}

#[test]
fn a_list_that_is_not_there_is_begun() {
    for (text, expected) in [
        ("", "python:\n  packages:\n    - x==1\n"),
        ("# only this", "# only this\npython:\n  packages:\n    - x==1\n"),
        ("extends: cpu\n", "extends: cpu\n\npython:\n  packages:\n    - x==1\n"),
        (
            "python:\n    lock: l.txt\nuser: {uid: 7}\n",
            "python:\n    lock: l.txt\n    packages:\n      - x==1\nuser: {uid: 7}\n",
        ),
        ("python: {}\n", "python: {packages: [x==1]}\n"),
        ("python: {lock: l.txt}\n", "python: {lock: l.txt, packages: [x==1]}\n"),
        ("python:\n  packages: []\n", "python:\n  packages: [x==1]\n"),
        ("python: {packages: [a==2, 'b==3']}\n", "python: {packages: [a==2, 'b==3', x==1]}\n"),
        (
            "description: |\n  two\n\n  lines\n",
            "description: |\n  two\n\n  lines\n\npython:\n  packages:\n    - x==1\n",
        ),
    ] {
        assert_eq!(put(text, PYTHON, "x==1"), expected, "{text:?}");
    }
}

#[test]
fn values_of_maps_are_put_and_quoted_where_they_have_to_be() {
    let mut edit = Edit::new("p.yaml", "node:\n  packages:\n    a: 1.0.0   # one\n");
    edit.put_value(&[NODE, &["@x/y.z"]].concat(), "2.0.0").unwrap();
    edit.put_value(&[NODE, &["a"]].concat(), "1.1.0").unwrap();
    edit.put_value(&["node", "lock"], "profiles/locks/package-lock.json").unwrap();
    assert_eq!(
        edit.text(),
        "node:\n  packages:\n    a: 1.1.0   # one\n    \"@x/y.z\": 2.0.0\n  lock: profiles/locks/package-lock.json\n"
    );
    assert_eq!(edit.value(&["node", "lock"]).as_deref(), Some("profiles/locks/package-lock.json"));
    assert_eq!(edit.values(NODE).len(), 2);
    let mut flow = Edit::new("p.yaml", "apt: {runtime: [jq]}\nenv: {A: b}\n");
    flow.put_item(&["apt", "runtime"], "git=1:2.*").unwrap();
    flow.put_value(&["env", "C"], "1").unwrap();
    assert_eq!(flow.text(), "apt: {runtime: [jq, \"git=1:2.*\"]}\nenv: {A: b, C: \"1\"}\n");
}

#[test]
fn what_is_taken_out_leaves_no_key_that_drops_what_is_inherited() {
    let text = "extends: cpu\npython:\n  packages:\n    - a==1   # one\n    - b==2\n# end\n";
    let mut edit = Edit::new("p.yaml", text);
    assert!(edit.drop_item(PYTHON, "a").unwrap());
    assert_eq!(edit.text(), "extends: cpu\npython:\n  packages:\n    - b==2\n# end\n");
    assert!(!edit.drop_item(PYTHON, "c").unwrap());
    assert!(edit.drop_item(PYTHON, "B").unwrap());
    assert_eq!(edit.text(), "extends: cpu\n# end\n");
    for (text, expected) in [
        ("python: {packages: [a==1, b==2]}\n", "python: {packages: [b==2]}\n"),
        ("python: {packages: [b==2, a==1]}\n", "python: {packages: [b==2]}\n"),
        ("python:\n  packages: [a==1]\n  lock: l.txt\n", "python:\n  lock: l.txt\n"),
    ] {
        let mut edit = Edit::new("p.yaml", text);
        assert!(edit.drop_item(PYTHON, "a").unwrap(), "{text}");
        assert_eq!(edit.text(), expected);
    }
    let mut edit = Edit::new("p.yaml", "node:\n  packages:\n    a: 1.0.0\n    b: 2.0.0\n");
    assert!(edit.drop_value(&[NODE, &["a"]].concat()).unwrap());
    assert!(!edit.drop_value(&[NODE, &["a"]].concat()).unwrap());
    assert_eq!(edit.text(), "node:\n  packages:\n    b: 2.0.0\n");
}

#[test]
fn what_cannot_be_told_is_refused_and_nothing_changes() {
    for text in [
        // The list stands elsewhere.
        "x: &a [p==1]\npython:\n  packages: *a\n",
        "python: [a]\n",
        "python: text\n",
        // It drops what is inherited, which an entry below it would not.
        "python:\nenv: {A: b}\n",
        "python: {packages: null}\n",
        "python: {packages: [a==1, {b: c}]}\n",
    ] {
        let mut edit = Edit::new("p.yaml", text);
        let error = edit.put_item(PYTHON, "x==1").unwrap_err();
        assert_eq!(error.to_string(), "cannot tell where `x==1` goes in `p.yaml`", "{text}");
        assert_eq!(edit.text(), text);
    }
}

proptest! {
    /// Whatever is put in is there, and taking it out again gives the file back.
    #[test]
    fn in_and_out_again(
        names in proptest::collection::btree_set("[a-z]{1,6}", 1..6),
        indent in 0_usize..3,
        comment in "[ -~]{0,12}",
    ) {
        let dash = " ".repeat(2 + indent);
        let items: String = names.iter().map(|name| format!("{dash}- {name}==1  # {comment}\n")).collect();
        let text = format!("python:\n  packages:\n{items}env:\n  A: b\n");
        let mut edit = Edit::new("p.yaml", text.as_str());
        edit.put_item(PYTHON, "new-one==2").unwrap();
        prop_assert_eq!(edit.items(PYTHON).len(), names.len() + 1);
        edit.drop_item(PYTHON, "new_one").unwrap();
        prop_assert_eq!(edit.text(), text.as_str());
    }
}
