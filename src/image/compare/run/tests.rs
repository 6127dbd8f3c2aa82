use super::*;
use crate::image::testing::{ImageMaker, LayerMaker};

fn image(layer: LayerMaker) -> Contents {
    ImageMaker::new().layer("RUN x", layer).contents()
}

/// `/path: aspect, aspect`, then `rule: /path` for noise.
fn found(before: LayerMaker, after: LayerMaker, noise: Noise) -> Vec<String> {
    let comparison = compare(&image(before), &image(after), noise);
    let differences = comparison.differences.iter().map(|difference| {
        let words: Vec<&str> = difference.aspects.iter().map(Aspect::word).collect();
        format!("{}: {}", difference.path, words.join(", "))
    });
    let noise = comparison.noise.iter().flat_map(|noise| {
        noise.paths.iter().map(|path| format!("{}: {path}", noise.rule)).collect::<Vec<_>>()
    });
    differences.chain(noise).collect()
}

#[test]
fn every_aspect_of_a_path_is_compared() {
    let before = LayerMaker::new()
        .file("a", "1")
        .folder("b/")
        .file("content", "1")
        .symlink("link", "x")
        .owned("mode", 0o755, 0, 0, "1")
        .owned("owner", 0o644, 1, 1, "1")
        .file("ping", "1")
        .file("same", "1")
        .file("type", "1");
    let after = LayerMaker::new()
        .folder("b/")
        .file("b/new", "1")
        .file("content", "2")
        .symlink("link", "y")
        .owned("mode", 0o4755, 0, 0, "1")
        .owned("owner", 0o600, 1, 2, "1")
        .pax(&[("SCHILY.xattr.security.capability", b"\x01")])
        .file("ping", "1")
        .file("same", "1")
        .symlink("type", "1");
    assert_eq!(
        found(before, after, Noise::Strict),
        [
            "/a: only before",
            "/b/new: only after",
            "/content: content",
            "/link: target",
            "/mode: mode",
            "/owner: mode, owner",
            "/ping: attribute",
            "/type: type",
        ]
    );
}

#[test]
fn the_same_in_more_layers_is_the_same() {
    let one = image(LayerMaker::new().file("a", "1").file("b", "2"));
    let two = ImageMaker::new()
        .layer("1", LayerMaker::new().file("b", "2").file("c", ""))
        .layer("2", LayerMaker::new().file("a", "1").file(".wh.c", ""))
        .contents();
    assert!(compare(&one, &two, Noise::Strict).is_same());
}

#[test]
fn noise_is_listed_and_strict_knows_none() {
    let layer = |order: [&str; 2]| {
        LayerMaker::new()
            .file("etc/passwd", &order.concat())
            .file("etc/shadow", "dev:!:20414:0:::\n")
    };
    let (first, second) = ("a:x:1:1\n", "b:x:2:2\n");
    let one = || layer([first, second]);
    let other = || layer([second, first]);
    assert_eq!(found(one(), other(), Noise::Known), ["accounts: /etc/passwd"]);
    assert_eq!(found(one(), other(), Noise::Strict), ["/etc/passwd: content"]);
    // A rule about contents lets nothing else pass.
    let owned = LayerMaker::new().owned("etc/passwd", 0o600, 0, 0, &[second, first].concat());
    let plain = LayerMaker::new().file("etc/passwd", &[first, second].concat());
    assert_eq!(found(plain, owned, Noise::Known), ["/etc/passwd: mode", "accounts: /etc/passwd"]);
    let gone = LayerMaker::new().file("x", "");
    let plain = LayerMaker::new().file("etc/passwd", "a\n").file("x", "");
    assert_eq!(found(plain, gone, Noise::Known), ["/etc/passwd: only before"]);
}

#[test]
fn what_needs_more_builds_to_tell_is_a_difference_of_two() {
    let layer = |text: &str| {
        LayerMaker::new()
            .file("etc/machine-id", text)
            .file("etc/passwd-", text)
            .file("lib/__pycache__/m.cpython-313.pyc", text)
            .file("var/cache/x", text)
            .file("var/log/dpkg.log", text)
            .file(&format!("var/log/{text}"), "")
    };
    let differences = found(layer("1"), layer("2"), Noise::Known);
    assert_eq!(differences.len(), 7);
    assert_eq!(differences, found(layer("1"), layer("2"), Noise::Strict));
}

#[test]
fn names_of_one_file_count() {
    let one = || LayerMaker::new().file("a", "1").hard_link("b", "a");
    let two = || LayerMaker::new().file("a", "1").file("b", "1");
    assert_eq!(found(one(), two(), Noise::Known), ["/a: hard links", "/b: hard links"]);
    let changed = LayerMaker::new().file("a", "1").file("b", "2");
    assert_eq!(found(one(), changed, Noise::Known), ["/a: hard links", "/b: content, hard links"]);
}

#[test]
fn an_image_differs_from_itself_in_nothing() {
    let contents = image(LayerMaker::new().file("a", "1").hard_link("b", "a").symlink("c", "a"));
    assert_eq!(
        compare(&contents, &contents, Noise::Strict),
        Comparison { paths: 3, ..Comparison::default() }
    );
}

#[test]
fn a_difference_names_the_layers_that_wrote_it() {
    let one = image(LayerMaker::new().file("a", "1"));
    let other = ImageMaker::new()
        .layer("1", LayerMaker::new().file("b", "1"))
        .layer("2", LayerMaker::new().file("a", "2").file(".wh.b", ""))
        .contents();
    let differences = compare(&one, &other, Noise::Known).differences;
    assert_eq!((differences[0].before, differences[0].after), (Some(0), Some(1)));
}
