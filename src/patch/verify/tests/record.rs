//! The matrix: every difference from it is named, and what was proven stays on record.

use super::*;

#[test]
fn an_unknown_target_is_a_finding() {
    let files = recorded(&both(), &[upstream("1.0.0", SERVER)]);
    let other = SERVER.replace("'demo'", "'demon'");
    for whole in [true, false] {
        let found = verified(&files, &[upstream("1.0.0", &other)], whole).differences;
        assert_eq!(found[0].what, "src/server.js");
        let said = &found[0].found;
        assert!(said.contains("sha256 "), "{said}");
    }
    assert!(!verified(&both(), &[upstream("1.0.0", SERVER)], false).is_good(), "no matrix yet");
}

#[test]
fn a_version_on_the_target_of_another_is_a_finding() {
    let other = SERVER.replace("'demo'", "'demon'");
    let files = recorded(&both(), &[upstream("1.0.0", SERVER), upstream("1.1.0", &other)]);
    let found = verified(&files, &[upstream("1.1.0", SERVER)], false).differences;
    assert!(
        found
            .iter()
            .all(|d| d.what == "src/server.js" || ["one", "two"].contains(&d.what.as_str()))
    );
    assert!(found[0].found.starts_with("files with sha256 "), "{found:#?}");
    assert_eq!(found[0].versions, ["1.1.0"]);
}

#[test]
fn every_changed_field_of_the_matrix_is_named() {
    let upstreams = [upstream("1.0.0", SERVER)];
    let files = recorded(&both(), &upstreams);
    type Change = fn(&mut ProvenVersions);
    let changes: [(Change, &str); 8] = [
        (|t| t.targets[0].patched = "0".repeat(64), "src/server.js"),
        (|t| t.patches[0].after = Some("0".repeat(64)), "one"),
        (|t| t.patches[1].after = None, "two"),
        (|t| t.patches[1].patch = Some("0".repeat(64)), "two"),
        (|t| t.patches[1].file = Some("other.patch".to_owned()), "two"),
        (|t| t.patches[0].verdict = "merged".to_owned(), "one"),
        (|t| t.patches[0].by = 3, "one"),
        (|t| t.patches[1].id = "gone".to_owned(), "two"),
    ];
    for (change, what) in changes {
        let mut changed = files.clone();
        change(&mut changed.matrix.as_mut().unwrap().groups[0]);
        for probed in [true, false] {
            let mut verification = group(&changed, upstreams.to_vec()).unwrap();
            if probed {
                probe(&mut verification, &changed);
            }
            verification.judge(&changed, &scope(false));
            let found = verification.differences;
            assert!(found.iter().any(|d| d.what == what), "{what}: {found:#?}");
            assert_eq!(found[0].versions, ["1.0.0"]);
        }
    }
}

#[test]
fn no_letter_of_the_matrix_changes_unnoticed() {
    let upstreams = [missing("0.9.0"), upstream("1.0.0", SERVER), upstream("1.1.0", SERVER)];
    let files = recorded(&both(), &upstreams);
    let text = files.matrix.as_ref().unwrap().to_text();
    let start = text.find('\n').unwrap();
    let mut verification = verified(&files, &upstreams, true);
    assert!(verification.is_good());
    for (at, byte) in
        text.bytes().enumerate().skip(start).filter(|(_, b)| b.is_ascii_alphanumeric())
    {
        let mut changed = text.clone().into_bytes();
        changed[at] = if byte == b'1' { b'2' } else { b'1' };
        let Ok(matrix) = Matrix::parse(std::str::from_utf8(&changed).unwrap()) else { continue };
        let changed = SeriesFiles { matrix: Some(matrix), ..files.clone() };
        verification.judge(&changed, &scope(true));
        let line = text[..at].lines().count();
        assert!(!verification.is_good(), "line {line}: {}", text.lines().nth(line - 1).unwrap());
    }
}

#[test]
fn a_changed_patch_or_probe_is_a_finding() {
    let upstreams = [upstream("1.0.0", SERVER)];
    let mut files = recorded(&both(), &upstreams);
    let text = second().replace("mended-two", "mended-two-x");
    files.patches.insert("two.1.patch".to_owned(), PatchText::read(&text, "src/server.js"));
    let found = verified(&files, &upstreams, false).differences;
    assert!(found.iter().any(|d| d.what == "two" && d.found.contains("two.1.patch sha256")));

    let mut files = recorded(&both(), &upstreams);
    files.probes.insert("probes/two.mjs".to_owned(), b"another program".to_vec());
    assert_one(&verified(&files, &upstreams, false).differences, "two", "program");
    // Without running it, the proof on record is still that of another program.
    let mut verification = group(&files, upstreams.to_vec()).unwrap();
    verification.judge(&files, &scope(false));
    assert_one(&verification.differences, "two", "not probed");
}

#[test]
fn a_new_version_of_a_known_target_holds_and_a_lost_one_is_told_of_when_all_were_seen() {
    let old = [upstream("1.0.0", SERVER), upstream("1.1.0", SERVER), missing("0.9.0")];
    let files = recorded(&both(), &old);
    let one = [upstream("1.2.0", SERVER)];
    assert!(verified(&files, &one, false).is_good());
    assert!(verified(&files, &[&old[..], &one].concat(), true).is_good());
    let less = &[&old[..], &[missing("0.8.0")]].concat();
    assert_one(&verified(&files, less, true).differences, "src/server.js", "no such file");
    assert_one(
        &verified(&files, &[old[0].clone(), old[2].clone()], true).differences,
        "src/server.js",
        "not published any more",
    );
    let other = SERVER.replace("'demo'", "'demon'");
    let files = recorded(&both(), &[upstream("1.0.0", SERVER), upstream("2.0.0", &other)]);
    assert!(verified(&files, &[upstream("1.0.0", SERVER)], false).is_good());
    let found = verified(&files, &[upstream("1.0.0", SERVER)], true).differences;
    assert_one(&found, "src/server.js", "not published any more");
    assert_eq!(found[0].versions, ["2.0.0"]);
}

#[test]
fn one_target_under_two_variants_is_two_entries_of_the_matrix() {
    let longer = second().replace("mended-two", "mended-two-longer");
    let files = series(&[("two", "<2.0.0", second()), ("two", ">=2.0.0", longer)]);
    let upstreams = [upstream("1.0.0", SERVER), upstream("2.0.0", SERVER)];
    let files = recorded(&files, &upstreams);
    assert_eq!(files.matrix.as_ref().unwrap().groups.len(), 2);
    assert_eq!(verified(&files, &upstreams, true).differences, []);
    assert_eq!(verified(&files, &upstreams[1..], false).differences, []);
    let matrix = files.matrix.as_ref().unwrap();
    let again = verified(&files, &upstreams[1..], false).matrix(&files).over(matrix);
    assert_eq!(&again, matrix);
}

#[test]
fn what_was_probed_stays_recorded_without_probing() {
    let upstreams = [upstream("1.0.0", SERVER), upstream("1.1.0", &SERVER.replace("demo", "d"))];
    let files = recorded(&both(), &upstreams);
    let mut verification = group(&files, upstreams.to_vec()).unwrap();
    assert_eq!(&verification.matrix(&files), files.matrix.as_ref().unwrap());
    verification.judge(&files, &scope(true));
    assert_eq!(verification.differences, []);

    // Not needed in the newer one, and left out: that too.
    let mended =
        [upstreams[0].clone(), upstream("2.0.0", &SERVER.replace("'demo'", "'mended-one'"))];
    let files = recorded(&both(), &mended);
    let second = &files.matrix.as_ref().unwrap().groups[1].patches[0];
    assert_eq!((second.verdict.as_str(), second.is_applied()), ("superseded", false));
    assert!(second.file.is_some() && second.patch.is_some());
    for some in [&mended[..], &mended[1..]] {
        let mut verification = group(&files, some.to_vec()).unwrap();
        verification.judge(&files, &scope(false));
        assert_eq!(verification.differences, []);
    }
    // Seen to fail on record, of a version that was not looked at now.
    assert_eq!(verified(&files, &mended[1..], false).differences, []);
}

#[test]
fn a_part_is_laid_over_the_whole() {
    let other = SERVER.replace("'demo'", "'demon'");
    let part = [upstream("1.5.0", SERVER), missing("0.5.0")];
    let all = [upstream("2.0.0", &other), upstream("1.0.0", SERVER), missing("0.9.0")];
    let old = recorded(&both(), &all).matrix.unwrap();
    let new = recorded(&both(), &part).matrix.unwrap();
    let merged = new.clone().over(&old);
    let versions: Vec<String> = merged.groups.iter().map(|t| t.versions.join(" ")).collect();
    assert_eq!(versions, ["1.0.0 1.5.0", "2.0.0"]);
    assert_eq!(merged.missing, ["0.5.0", "0.9.0"]);
    assert_eq!(new.over(&merged), merged, "once more changes nothing");

    // A version that is elsewhere now is no longer where it was.
    let moved = recorded(&both(), &[upstream("1.0.0", &other)]).matrix.unwrap().over(&old);
    let versions: Vec<String> = moved.groups.iter().map(|t| t.versions.join(" ")).collect();
    assert_eq!(versions, ["1.0.0 2.0.0"]);
    let found = recorded(&both(), &[upstream("0.9.0", SERVER)]).matrix.unwrap().over(&old);
    assert_eq!(found.missing, [""; 0]);
    let lost = recorded(&both(), &[missing("2.0.0")]).matrix.unwrap().over(&old);
    assert_eq!(lost.groups.len(), 1);
    assert_eq!(lost.missing, ["0.9.0", "2.0.0"]);
}

#[test]
fn the_file_is_the_same_bytes_after_reading_it() {
    let upstreams = [upstream("1.0.0", SERVER), missing("0.9.0")];
    let matrix = recorded(&both(), &upstreams).matrix.unwrap();
    let text = matrix.to_text();
    let again = Matrix::parse(&text).unwrap();
    assert_eq!(again, matrix);
    assert_eq!(again.to_text(), text);
    let other = text.replace("mad.matrix/2", "mad.matrix/1");
    assert_eq!(Matrix::parse(&other), Err(MatrixError::Schema("mad.matrix/1".to_owned())));
    let twice = text.replace("0.9.0", "1.0.0");
    assert!(matches!(Matrix::parse(&twice), Err(MatrixError::Twice(_))));
    let unknown = text.replace("pristine:", "pristin:");
    assert!(matches!(Matrix::parse(&unknown), Err(MatrixError::Syntax(_))));
}
