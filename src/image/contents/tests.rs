use tar::EntryType;

use super::super::testing::{ImageMaker, LayerMaker, gzip, zstd};
use super::super::{ImageError, Kind};
use super::*;

fn paths(contents: &Contents) -> Vec<String> {
    contents.nodes().map(|(path, _)| path.to_string()).collect()
}

fn node<'a>(contents: &'a Contents, path: &str) -> &'a Node {
    contents.at(path.as_bytes()).unwrap_or_else(|| panic!("no `{path}`"))
}

fn image() -> ImageMaker {
    let base = LayerMaker::new()
        .folder("etc/")
        .file("etc/passwd", "root")
        .folder("gone/")
        .file("gone/a", "1")
        .folder("gone/b/")
        .file("gone/b/c", "2")
        .file("gone0", "not below gone")
        .folder("emptied/")
        .file("emptied/old", "3")
        .file("file", "4");
    let second = LayerMaker::new()
        // An order in the middle of what it must not touch.
        .folder("emptied/")
        .file("emptied/new", "5")
        .file("emptied/.wh..wh..opq", "")
        .file(".wh.gone", "")
        .file(".wh..wh.plnk", "")
        .file("etc/.wh.nothing", "")
        .owned("file", 0o4755, 1000, 1001, "44");
    ImageMaker::new().layer("RUN base", base).layer("RUN second", second)
}

#[test]
fn layers_lie_on_each_other() {
    let contents = image().contents();
    let expected =
        ["/emptied", "/emptied/new", "/etc", "/etc/passwd", "/file", "/gone0"].map(str::to_owned);
    assert_eq!(paths(&contents), expected);
    let file = node(&contents, "file");
    assert_eq!((file.mode, file.uid, file.gid, file.layer), (0o4755, 1000, 1001, 1));
    let Kind::File { size, sha256, .. } = &file.kind else { panic!("{file:?}") };
    assert_eq!((*size, sha256.to_string()), (2, hash::sha256("44")));
    assert_eq!(contents.step_of(1).unwrap().created_by, "RUN second");
    assert_eq!(contents.step_of(node(&contents, "gone0").layer).unwrap().created_by, "RUN base");
    assert_eq!(contents.step_of(2), None);
}

#[test]
fn every_format_is_the_same_image() {
    let old = image().contents();
    for pack in [gzip, zstd, |bytes: &[u8]| bytes.to_vec()] {
        let new = Contents::read(image().new_archive(pack).as_slice()).unwrap();
        assert!(old.nodes().eq(new.nodes()));
        assert_eq!((&old.layers, &old.history), (&new.layers, &new.history));
    }
}

#[test]
fn a_layer_may_be_there_twice() {
    let layer = || LayerMaker::new().file("a", "1");
    let remove = LayerMaker::new().file(".wh.a", "");
    let image = ImageMaker::new().layer("1", layer()).layer("2", remove).layer("3", layer());
    for archive in [image.old_archive(), image.new_archive(gzip)] {
        let contents = Contents::read(archive.as_slice()).unwrap();
        assert_eq!(node(&contents, "a").layer, 2);
    }
}

#[test]
fn a_file_in_place_of_a_folder_takes_all_below_with_it() {
    let below = LayerMaker::new().folder("x/").file("x/y", "1").folder("z/").file("z/a", "1");
    let above = LayerMaker::new().symlink("x", "/etc").folder("z/");
    let contents = ImageMaker::new().layer("1", below).layer("2", above).contents();
    assert_eq!(paths(&contents), ["/x", "/z", "/z/a"]);
    assert_eq!(node(&contents, "x").kind, Kind::Symlink { target: b"/etc".to_vec() });
}

#[test]
fn hard_links_are_one_file() {
    let below = LayerMaker::new().file("a", "1").hard_link("b", "a").file("c", "1");
    let above = LayerMaker::new().hard_link("d", "c").owned("b", 0o600, 1, 1, "1");
    let contents = ImageMaker::new().layer("1", below).layer("2", above).contents();
    let names: Vec<Vec<String>> = contents
        .hard_links()
        .into_values()
        .map(|names| names.into_iter().map(ToString::to_string).collect())
        .collect();
    assert_eq!(names, [["/c", "/d"]]);
    assert_eq!(node(&contents, "a").kind, node(&contents, "b").kind);

    let broken = ImageMaker::new().layer("1", LayerMaker::new().hard_link("a", "nothing"));
    let error = Contents::read(broken.old_archive().as_slice()).unwrap_err();
    assert_eq!(error.to_string(), "cannot read `/a` of the image: it is a hard link to nothing");
}

#[test]
fn attributes_names_and_numbers_of_pax_are_read() {
    let long = "d/".repeat(150) + "file";
    let layer = LayerMaker::new()
        .pax(&[
            ("SCHILY.xattr.security.capability", b"\x01\0\0\x02\0"),
            ("SCHILY.xattr.user.x", b"y"),
            ("uid", b"4294967294"),
            ("gid", b"3000000000"),
        ])
        .file("ping", "1")
        .pax(&[("path", long.as_bytes())])
        .file("short", "2")
        .pax(&[("path", b"bad\xffname"), ("linkpath", b"to\xfe")])
        .symlink("x", "y")
        .file("plain", "3");
    let contents = ImageMaker::new().layer("1", layer).contents();
    let ping = node(&contents, "ping");
    assert_eq!(ping.xattrs["security.capability"], b"\x01\0\0\x02\0");
    assert_eq!((ping.uid, ping.gid, ping.xattrs.len()), (4_294_967_294, 3_000_000_000, 2));
    assert!(contents.at(long.as_bytes()).is_some());
    let link = contents.at(b"bad\xffname").unwrap();
    assert_eq!(link.kind, Kind::Symlink { target: b"to\xfe".to_vec() });
    // What was said of one entry is not said of the next.
    assert!(node(&contents, "plain").xattrs.is_empty());
}

#[test]
fn hostile_layers_are_errors_or_safe() {
    let read = |layer: LayerMaker| {
        let image = ImageMaker::new().layer("1", layer);
        Contents::read(image.old_archive().as_slice())
    };
    let absolute = read(LayerMaker::new().file("/etc/passwd", "x")).unwrap();
    assert_eq!(paths(&absolute), ["/etc/passwd"]);
    for name in ["../x", "a/../../x", ".."] {
        assert!(matches!(read(LayerMaker::new().file(name, "x")), Err(ImageError::Name { .. })));
        let link = LayerMaker::new().file("a", "").hard_link("b", name);
        assert!(matches!(read(link), Err(ImageError::Name { .. })), "{name}");
    }
    // A link out of the image is only a text.
    assert!(read(LayerMaker::new().symlink("x", "../../../etc/shadow")).is_ok());
    let huge = "a".repeat(5000);
    let named = LayerMaker::new().pax(&[("path", huge.as_bytes())]).file("a", "");
    assert!(matches!(read(named), Err(ImageError::Name { .. })));
    let bomb = vec![b'a'; 2 << 20];
    let named = LayerMaker::new().pax(&[("comment", &bomb)]).file("a", "");
    assert!(matches!(read(named), Err(ImageError::TooLarge { .. })));
    let sized = LayerMaker::new().pax(&[("size", b"99")]).file("a", "");
    assert!(matches!(read(sized), Err(ImageError::Unsupported { .. })));
    let sized = LayerMaker::new().pax(&[("size", b"-1")]).file("a", "");
    assert!(matches!(read(sized), Err(ImageError::Read { .. })));
    let unknown = LayerMaker::new().entry(EntryType::new(b'?'), "a", "", b"");
    assert!(matches!(read(unknown), Err(ImageError::Unsupported { .. })));
    // Whiteouts of nothing, and of the root.
    let odd = LayerMaker::new().file(".wh.", "").file("./.wh..wh..opq", "").file("a", "");
    assert_eq!(paths(&read(odd).unwrap()), ["/a"]);
}

#[test]
fn an_archive_that_is_cut_or_damaged_is_an_error_anywhere() {
    for whole in [image().old_archive(), image().new_archive(gzip), image().new_archive(zstd)] {
        // The last two blocks are the archive's end and nothing else.
        for end in (0..whole.len() - 1024).step_by(97) {
            assert!(Contents::read(&whole[..end]).is_err(), "{end} of {}", whole.len());
        }
        for at in (0..whole.len()).step_by(61) {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x55;
            // Whether it is found or changes a content: no panic.
            let _ = Contents::read(damaged.as_slice());
        }
    }
    for garbage in [&b""[..], b"not an archive", &[0; 4096], &[0xff; 4096]] {
        assert!(Contents::read(garbage).is_err());
    }
}

#[test]
fn what_is_missing_is_named() {
    let manifest = |text: &str| {
        let archive = LayerMaker::new().file("manifest.json", text).bytes();
        Contents::read(archive.as_slice()).unwrap_err().to_string()
    };
    assert_eq!(
        manifest("[]"),
        "cannot read `manifest.json` of the image's archive: expected one image"
    );
    assert!(manifest("{").contains("cannot read `manifest.json`"));
    let text = r#"[{"Config": "c.json", "Layers": []}]"#;
    assert_eq!(manifest(text), "the image's archive has no `c.json`");
}

#[test]
fn a_history_that_does_not_fit_blames_nobody() {
    let contents = image().config(serde_json::json!({"User": "dev"})).contents();
    assert_eq!(contents.config.user, "dev");
    // `docker import` writes one layer and no history of it.
    let archive = LayerMaker::new()
        .entry(EntryType::Regular, "l/layer.tar", "", &LayerMaker::new().file("a", "").bytes())
        .file("c.json", r#"{"rootfs": {"diff_ids": ["sha256:x"]}}"#)
        .file("manifest.json", r#"[{"Config": "c.json", "Layers": ["l/layer.tar"]}]"#);
    let contents = Contents::read(archive.bytes().as_slice()).unwrap();
    assert_eq!(contents.step_of(0), None);
    assert_eq!(contents.layers[0].diff_id, "sha256:x");
}

#[tokio::test]
async fn an_image_is_read_from_the_engine() {
    use engine::replay::{Replay, ReplayEnd};
    let archive = image().old_archive();
    let half = archive[..archive.len() / 2].to_vec();
    let engine = Replay::new("", ReplayEnd::Hangs)
        .with_archive("whole", archive.clone())
        .with_archive("half", half)
        .breaking(&["export other"]);
    let contents = Contents::of_image(&engine, "whole").await.unwrap();
    assert_eq!(paths(&contents), paths(&Contents::read(archive.as_slice()).unwrap()));
    let (sha256, size) = contents
        .nodes()
        .find_map(|(_, node)| match &node.kind {
            Kind::File { sha256, size, .. } if *size > 0 => Some((*sha256, *size)),
            _ => None,
        })
        .unwrap();
    let wanted = BTreeMap::from([(sha256, size)]);
    let files = Contents::files_of_image(&engine, "whole", wanted).await.unwrap();
    assert_eq!(files[&sha256].len() as u64, size);
    assert!(Contents::of_image(&engine, "half").await.is_err());
    assert!(matches!(Contents::of_image(&engine, "other").await, Err(ImageError::Engine(_))));
    assert!(matches!(Contents::of_image(&engine, "none").await, Err(ImageError::Engine(_))));
}
