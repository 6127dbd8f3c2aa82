use std::io::Write;

use super::{Name, SampleMatch};

fn fits(samples: &[&[u8]], candidate: &[u8]) -> bool {
    super::fits(samples, candidate) == SampleMatch::Yes
}

/// Whether `candidate` fits two samples.
fn fit(one: &str, two: &str, candidate: &str) -> bool {
    fits(&[one.as_bytes(), two.as_bytes()], candidate.as_bytes())
}

#[test]
fn what_differs_may_differ_and_nothing_else() {
    let stamp = |time: &str, channel: &str| format!("built {time} channel {channel}\n");
    let one = stamp("123456789", "stable");
    let two = stamp("987654321", "stable");
    assert!(fit(&one, &two, &stamp("555555555", "stable")));
    assert!(!fit(&one, &two, &stamp("555555555", "beta")));
    assert!(!fit(&one, &two, &stamp("55555555", "stable")));
    assert!(!fit(&one, &two, &stamp("none", "stable")));
    assert!(!fit(&one, &two, &(stamp("555555555", "stable") + "more\n")));
    assert!(!fit(&one, &two, stamp("555555555", "stable").trim()));
    // Glued to the number.
    assert!(fit("123stable", "456stable", "789stable"));
    assert!(!fit("123stable", "456stable", "789beta"));
    assert!(!fit("123stable", "456stable", "789bravos"));
    assert!(!fit("1231", "4561", "7890"));
}

#[test]
fn what_the_samples_agree_in_counts() {
    assert!(fit("same", "same", "same"));
    assert!(!fit("same", "same", "other"));
    // The hour is the same in both: it has to be in the third. A third sample would tell.
    assert!(!fit("17:35:10", "17:36:12", "18:01:03"));
    assert!(fits(&[b"17:35:10", b"17:36:12", b"18:02:51"], b"18:01:03"));
    // A minute's, an hour's and a day's end are a moment like any other.
    assert!(fit("17:59:10", "17:59:50", "18:00:20"));
    assert!(fit("23:59:58", "00:03:00", "00:00:01"));
    assert!(fit("at 1764351990", "at 1764351995", "at 1764352010"));
    assert!(fit("2026-11-30T23:59:58Z", "2026-12-01T00:03:00Z", "2026-11-30T23:59:59Z"));
    assert!(fit("Sun Nov 30 23:58:01", "Mon Dec  1 00:01:02", "Mon Dec  1 00:00:03"));
    // Another time zone, no time at all, a date of long ago.
    assert!(!fit("17:59:10", "18:00:50", "19:00:20"));
    assert!(!fit("17:59:10", "18:00:50", "18:61:20"));
    // The same behind a label and its colon.
    for label in ["at:", "\"when\":", "(utc):"] {
        let at = |time: &str| format!("{label}{time}");
        assert!(fit(&at("17:59:10"), &at("17:59:50"), &at("18:00:20")));
        assert!(!fit(&at("17:59:10"), &at("18:00:50"), &at("19:00:20")));
    }
    assert!(!fit("2026-11-30", "2026-12-01", "1970-01-01"));
    // Between the samples is where a build between them is.
    assert!(fit("1764351999", "1764352004", "1764352001"));
    assert!(!fit("mode=a", "mode=b", "mode=c"));
    assert!(fit("Sat Nov 28 1", "Sun Dec 29 2", "Sun Nov 29 3"));
    assert!(!fit("Sat Nov 28 1", "Sun Dec 29 2", "Mon Nov 29 3"));
}

#[test]
fn random_words_have_one_length_and_are_odd() {
    assert!(fit("run.p0fLjh", "run.gceUnY", "run.x8sdfh"));
    assert!(!fit("run.p0fLjh", "run.gceUnY", "run.npmrcs"));
    assert!(!fit("run.p0fLjh", "run.gceUnY", "run.x8sdfhX"));
    let id = |text: &str| format!("{text}\n");
    let (one, two) =
        (id("0123456789abcdef0123456789abcdef"), id("fdb97531eca86420fdb97531eca86421"));
    assert!(fit(&one, &two, &id("5a5a5a5a6b6b6b6b7c7c7c7c8d8d8d82")));
    // Emptied, and "to be made at the first start".
    assert!(!fit(&one, &two, ""));
    assert!(!fit(&one, &two, &id("uninitialized")));
    assert!(!fit(&one, &two, &id("5a5a5a5a6b6b6b6b7c7c7c7c8d8d8d8Z")));
    let key = |body: &str| format!("ssh-ed25519 AAAAC3Nza{body} root@build\n");
    let (one, two) = (key("aB3/dE6+gH9/jK2lM5"), key("Zy9Xw8/Vu7+Ts6/Rq7"));
    assert!(fit(&one, &two, &key("q1W2/3e4R5t6+Y7u8i")));
    assert!(!fit(&one, &two, &key("q1W2/3e4R5t6+Y7u8i").replace("root", "eve")));
    assert!(fit("b1946ac9-2492", "a1b2c3d4-9f3a", "c4ca4238-a0b9"));
    // No digit in one part of it, and no letter in another.
    assert!(fit(
        "id b1946ac9-abcd-4493-8f7d-b1946ac92492 x",
        "id 61946ac9-2492-4711-9abc-61946ac9249f x",
        "id c4ca4238-fade-4003-b1fe-0dcc509a6f75 x"
    ));
}

#[test]
fn keys_are_as_long_as_keys() {
    let pem = |label: &str, body: &str, after: &str| {
        format!(
            "-----BEGIN {label}-----\n{}\n{body}\n-----END {label}-----\n{after}",
            "M".repeat(64)
        )
    };
    let (one, two) = (pem("PRIVATE KEY", "abcd+efgh", "x"), pem("PRIVATE KEY", "ijkl/mnopq", "x"));
    assert!(fit(&one, &two, &pem("PRIVATE KEY", "rstu/vwx", "x")));
    assert!(!fit(&one, &two, &pem("PRIVATE KEY", "rstu/vwx", "y")));
    assert!(!fit(&one, &two, &pem("CERTIFICATE", "rstu/vwx", "x")));
    assert!(!fit(&one, &two, &pem("PRIVATE KEY", &"r".repeat(60), "x")));
    assert!(!fit(&one, &two, ""));
}

#[test]
fn lines_in_another_order_each_time() {
    assert!(fit("a\nb\nc\n", "c\na\nb\n", "b\nc\na\n"));
    assert!(!fit("a\nb\nc\n", "c\na\nb\n", "b\nc\nd\n"));
}

#[test]
fn bytes_keep_their_places() {
    let bytes = |middle: u8, last: u8| vec![0, 1, 2, middle, 4, last];
    assert!(fits(&[&bytes(1, 0), &bytes(2, 0)], &bytes(3, 0)));
    assert!(!fits(&[&bytes(1, 0), &bytes(2, 0)], &bytes(3, 1)));
    assert!(!fits(&[&bytes(1, 0), &bytes(2, 0)], &bytes(3, 0)[..5]));
}

fn gzip(time: u32, content: &[u8]) -> Vec<u8> {
    let mut writer =
        flate2::GzBuilder::new().mtime(time).write(Vec::new(), flate2::Compression::fast());
    writer.write_all(content).unwrap();
    writer.finish().unwrap()
}

fn tar(entries: &[(&str, u64, u32, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, time, mode, content) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_mode(*mode);
        header.set_mtime(*time);
        header.set_size(content.len() as u64);
        builder.append_data(&mut header, name, *content).unwrap();
    }
    builder.into_inner().unwrap()
}

#[test]
fn archives_are_opened() {
    let packed = |time: u32, name: &str, mode: u32, content: &[u8]| {
        gzip(time, &tar(&[("etc/a", u64::from(time), 0o644, b"fixed"), (name, 7, mode, content)]))
    };
    let one = packed(1, "b", 0o644, b"built 10 stable");
    let two = packed(2, "b", 0o644, b"built 20 stable");
    let fit = |candidate: Vec<u8>| fits(&[&one, &two], &candidate);
    assert!(fit(packed(3, "b", 0o644, b"built 30 stable")));
    assert!(!fit(packed(3, "b", 0o644, b"built 30 beta")));
    assert!(!fit(packed(3, "b", 0o4755, b"built 30 stable")));
    assert!(!fit(packed(3, "c", 0o644, b"built 30 stable")));
    let mut hidden = packed(3, "b", 0o644, b"built 30 stable");
    hidden.extend(b"behind the end");
    assert!(!fit(hidden));
    // A time that both samples have counts.
    let late = gzip(3, &tar(&[("etc/a", 3, 0o644, b"fixed"), ("b", 8, 0o644, b"built 30 stable")]));
    assert!(!fit(late));
}

#[test]
fn static_libraries_and_packages_are_opened() {
    let ar = |time: u64, mode: &str, content: &str| {
        format!(
            "!<arch>\n{:<16}{time:<12}{:<6}{:<6}{mode:<8}{:<10}`\n{content}{}",
            "a.o/",
            0,
            0,
            content.len(),
            if content.len().is_multiple_of(2) { "" } else { "\n" }
        )
    };
    let (one, two) = (ar(1_764_351_111, "100644", "code"), ar(1_764_352_222, "100644", "code"));
    assert!(fit(&one, &two, &ar(1_764_353_333, "100644", "code")));
    assert!(!fit(&one, &two, &ar(1_764_353_333, "100755", "code")));
    assert!(!fit(&one, &two, &ar(1_764_353_333, "100644", "evil")));
}

/// One stored entry, as APPNOTE.TXT has it.
fn zip(time: u32, attributes: u32, content: &str, behind: &str) -> Vec<u8> {
    let (name, size) = (b"m/x.txt", content.len() as u32);
    let common = |bytes: &mut Vec<u8>| {
        bytes.extend([20, 0, 0, 0, 0, 0]);
        bytes.extend(time.to_le_bytes());
        bytes.extend([0; 4]);
        bytes.extend(size.to_le_bytes());
        bytes.extend(size.to_le_bytes());
        bytes.extend((name.len() as u16).to_le_bytes());
    };
    let mut bytes = b"PK\x03\x04".to_vec();
    common(&mut bytes);
    bytes.extend([0, 0]);
    bytes.extend(name);
    bytes.extend(content.as_bytes());
    bytes.extend(behind.as_bytes());
    let directory = bytes.len() as u32;
    bytes.extend(b"PK\x01\x02\x14\x03");
    common(&mut bytes);
    bytes.extend([0; 8]);
    bytes.extend(attributes.to_le_bytes());
    bytes.extend(0_u32.to_le_bytes());
    bytes.extend(name);
    let length = bytes.len() as u32 - directory;
    bytes.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    bytes.extend(length.to_le_bytes());
    bytes.extend(directory.to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}

#[test]
fn wheels_and_jars_are_opened() {
    let (one, two) = (zip(1, 1, "code", ""), zip(2, 1, "code", ""));
    let fit = |candidate: Vec<u8>| fits(&[&one, &two], &candidate);
    assert!(super::opened::Unpacked::read(&one).is_some_and(|opened| opened.kind == "zip"));
    assert!(fit(zip(3, 1, "code", "")));
    assert!(!fit(zip(3, 1, "evil", "")));
    assert!(!fit(zip(3, 9, "code", "")));
    // Nothing hides between the entries.
    assert!(!fit(zip(3, 1, "code", "hidden")));
}

#[test]
fn bytecode_has_a_time_and_code() {
    let pyc = |time: u32, code: &[u8]| {
        [&[0xf3, 0x0d, b'\r', b'\n', 0, 0, 0, 0][..], &time.to_le_bytes(), &[9, 0, 0, 0], code]
            .concat()
    };
    let (one, two) = (pyc(1, b"\xe3code"), pyc(2, b"\xe3code"));
    assert!(fits(&[&one, &two], &pyc(3, b"\xe3code")));
    assert!(!fits(&[&one, &two], &pyc(3, b"\xe3evil")));
}

#[test]
fn names_that_are_made_are_told_from_names_that_are_given() {
    let name =
        |one: &'static str, two: &'static str| Name::of(vec![one.as_bytes(), two.as_bytes()]);
    let has = |one, two, candidate: &str| {
        name(one, two).unwrap().fits(candidate.as_bytes()) == SampleMatch::Yes
    };
    assert!(has("run.p0fLjh", "run.gceUnY", "run.x8sdfh"));
    assert!(!has("run.p0fLjh", "run.gceUnY", "conf"));
    assert!(!has("run.p0fLjh", "run.gceUnY", "job.x8sdfh"));
    assert!(has(
        "2026-11-28T17_35-debug-0.log",
        "2026-11-28T17_49-debug-0.log",
        "2026-11-28T17_41-debug-0.log"
    ));
    assert!(name("conf", "data").is_none() && name("same", "same").is_none());
    assert!(name("p0fLjh", "gceUnY1").is_none() && name("npmrcs", "p0fLjh").is_none());
}
