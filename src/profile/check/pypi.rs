//! Pinned Python packages: names by the PyPA's name format, versions by PEP 440.

/// `name==version` or `name[extra,extra]==version`.
pub(super) fn requirement(text: &str) -> bool {
    let Some((left, pinned)) = text.split_once("==") else {
        return false;
    };
    let (package, extras_good) = match left.split_once('[') {
        None => (left, true),
        Some((package, extras)) => {
            (package, extras.strip_suffix(']').is_some_and(|extras| extras.split(',').all(name)))
        }
    };
    name(package) && extras_good && version(pinned)
}

fn name(text: &str) -> bool {
    let ends = |c: char| c.is_ascii_alphanumeric();
    text.starts_with(ends)
        && text.ends_with(ends)
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

/// `[N!]N(.N)*[{a|b|rc}N][.postN][.devN][+local]`, the canonical form: what an index lists.
fn version(text: &str) -> bool {
    let (public, local) =
        text.split_once('+').map_or((text, None), |(public, local)| (public, Some(local)));
    let local_good = local.is_none_or(|local| {
        local.split(['.', '-', '_']).all(|part| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        })
    });
    let (epoch, release) = public.split_once('!').unwrap_or(("0", public));
    let number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let mut parts = release.split('.').peekable();
    let mut first = true;
    while let Some(part) = parts.next_if(|part| part.starts_with(|c: char| c.is_ascii_digit())) {
        first = false;
        if number(part) {
            continue;
        }
        // `1rc2` ends the release; what follows may only be `.post` and `.dev`.
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let pre = ["a", "b", "rc"].iter().find_map(|kind| part[digits..].strip_prefix(kind));
        if !pre.is_some_and(number) {
            return false;
        }
        break;
    }
    parts.next_if(|part| part.strip_prefix("post").is_some_and(number));
    parts.next_if(|part| part.strip_prefix("dev").is_some_and(number));
    !first && parts.next().is_none() && number(epoch) && local_good
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements() {
        for good in [
            "torch==2.7.1",
            "torch==2.7.1+cu128",
            "Foo_Bar.x==1",
            "u[standard,x]==1.0rc1",
            "a==1!2.0.post1.dev3",
            "a==2024.1",
        ] {
            assert!(requirement(good), "{good}");
        }
        for bad in [
            "",
            "torch",
            "torch>=2",
            "torch==",
            "torch==2.*",
            "torch===2",
            "torch == 2",
            "-r==1",
            "a==1;python_version>'3'",
            "a[]==1",
            "a==1.x",
            "a==1rc",
            "a==1rc1.2",
            "a==1.dev1.post1",
            "a==1 --hash=x",
            "a@https://x==1",
        ] {
            assert!(!requirement(bad), "{bad}");
        }
    }
}
