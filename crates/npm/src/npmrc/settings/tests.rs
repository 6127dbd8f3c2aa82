//! Settings from texts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;

/// What npm itself says.
const BUILTIN: NpmrcTexts<'static> = NpmrcTexts {
    project: None,
    user: None,
    global: None,
    builtin: Some("registry=https://builtin.example/"),
};

fn none(_: &str) -> Option<String> {
    None
}

fn read(project: &str, user: &str, global: &str) -> Result<Settings, SettingsError> {
    let texts =
        NpmrcTexts { project: Some(project), user: Some(user), global: Some(global), ..BUILTIN };
    Settings::read(&texts, &none)
}

fn name(text: &str) -> PackageName {
    PackageName::parse(text).unwrap()
}

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn header(settings: &Settings, package: &str, to: &str) -> Option<String> {
    settings.credentials_for(&name(package), &url(to)).map(|c| c.header().to_owned())
}

#[test]
fn nothing_said_is_npms_default() {
    let settings = Settings::read(&BUILTIN, &none).unwrap();
    assert_eq!(settings.registry_for(&name("a")).as_str(), "https://builtin.example/");
    assert_eq!(header(&settings, "a", "https://builtin.example/"), None);
    let nothing = Settings::read(&NpmrcTexts::default(), &none).unwrap_err();
    assert_eq!(nothing, SettingsError::NoRegistry);
}

#[test]
fn the_nearest_text_wins_and_the_environment_over_all() {
    let project = "registry=https://p.example/npm";
    let user = "registry=https://u.example/\n@a:registry=https://ua.example";
    let settings = read(project, user, "@a:registry=https://ga.example").unwrap();
    assert_eq!(settings.registry_for(&name("x")).as_str(), "https://p.example/npm/");
    assert_eq!(settings.registry_for(&name("@a/x")).as_str(), "https://ua.example/");
    assert_eq!(settings.registry_for(&name("@b/x")).as_str(), "https://p.example/npm/");
    let texts = NpmrcTexts { project: Some(project), ..BUILTIN };
    for variable in ["npm_config_registry", "NPM_CONFIG_REGISTRY"] {
        let environment = |name: &str| (name == variable).then(|| "https://e.example".to_owned());
        let settings = Settings::read(&texts, &environment).unwrap();
        assert_eq!(settings.registry_for(&name("x")).as_str(), "https://e.example/");
    }
    let twice = read("registry=https://1.example\nregistry=https://2.example", "", "").unwrap();
    assert_eq!(twice.registry_for(&name("x")).as_str(), "https://2.example/");
}

#[test]
fn credentials_go_only_where_they_belong() {
    let settings = read(
        "registry=https://r.example/npm/\n@s:registry=https://s.example/",
        "//r.example/npm/:_authToken=tok\n//s.example/:username=me\n//s.example/:_password=cGFzcw==\n//t.example:_auth=bWU6cGFzcw==",
        "//r.example/npm/:_authToken=old",
    )
    .unwrap();
    let basic = format!("Basic {}", STANDARD.encode("me:pass"));
    for (package, to, expected) in [
        ("x", "https://r.example/npm/x", Some("Bearer tok")),
        // Another path of the registry's own host.
        ("x", "https://r.example/tarballs/x.tgz", Some("Bearer tok")),
        ("x", "https://r.example:8443/npm/x", None),
        ("x", "http://r.example/other/x", None),
        ("x", "https://evil.example/npm/x", None),
        ("x", "https://r.example.evil.example/npm/x", None),
        ("@s/x", "https://s.example/@s%2fx", Some(basic.as_str())),
        ("x", "https://t.example/x", Some(basic.as_str())),
    ] {
        assert_eq!(header(&settings, package, to).as_deref(), expected, "{package} {to}");
    }
}

#[test]
fn credentials_are_never_shown() {
    let settings = read(
        "registry=https://me:hunter2@r.example/",
        "//r.example/:_authToken=hunter2\n//q.example/:_auth=aHVudGVyMg==",
        "https-proxy=http://me:hunter2@proxy.example",
    )
    .unwrap();
    let shown = format!("{settings:?}");
    assert!(!shown.contains("hunter2") && !shown.contains("aHVudGVyMg"), "{shown}");
    for bad in ["registry=hunter2", "registry=ftp://me:hunter2@x/", "//x/:_auth=hunter2!"] {
        let error = read(bad, "", "").unwrap_err();
        let shown = format!("{error} {error:?} {:?}", error.hint());
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}

#[test]
fn credentials_in_the_registrys_url_are_taken_out_of_it() {
    let settings = read("registry=https://me:pass@r.example/", "", "").unwrap();
    assert_eq!(settings.registry_for(&name("x")).as_str(), "https://r.example/");
    let expected = format!("Basic {}", STANDARD.encode("me:pass"));
    assert_eq!(header(&settings, "x", "https://r.example/x"), Some(expected));
}

#[test]
fn a_token_whose_variable_is_not_set_is_no_token() {
    let settings = read("//r.example/:_authToken=${NPM_TOKEN}", "", "").unwrap();
    assert_eq!(header(&settings, "x", "https://r.example/x"), None);
    assert_eq!(settings.unset_variable_for(&url("https://r.example/x")), Some("NPM_TOKEN"));
    let error = read("registry=https://${HOST}/", "", "").unwrap_err().to_string();
    assert!(error.contains("`HOST` is not set"), "{error}");
}

#[test]
fn strict_ssl_is_not_given_up() {
    let error = read("", "strict-ssl=false", "").unwrap_err();
    assert_eq!(error, SettingsError::StrictSsl { place: "the user's .npmrc" });
    assert!(error.hint().unwrap().contains("cafile"));
    assert!(read("strict-ssl=true", "strict-ssl=false", "").is_ok());
}

#[test]
fn certificates() {
    let settings = read("ca[]=\"A\\nB\"\nca[]=C", "ca=D\ncafile=~/ca.pem", "").unwrap();
    assert_eq!(settings.ca, ["C", "A\nB"]);
    assert_eq!(settings.cafile, Some(PathBuf::from("~/ca.pem")));
    let texts = NpmrcTexts { user: Some("cafile=~/ca.pem"), ..BUILTIN };
    let home = |name: &str| (name == "HOME").then(|| "/home/me".to_owned());
    let settings = Settings::read(&texts, &home).unwrap();
    assert_eq!(settings.cafile, Some(PathBuf::from("/home/me/ca.pem")));
}

#[test]
fn proxies_from_files_and_environment() {
    let target = url("https://r.example/");
    let proxy = |text: &str, environment: &dyn Fn(&str) -> Option<String>| {
        let texts = NpmrcTexts { user: Some(text), ..BUILTIN };
        let settings = Settings::read(&texts, environment).unwrap();
        settings.proxies.for_url(&target).map(ToString::to_string)
    };
    let set = |name: &str| (name == "HTTPS_PROXY").then(|| "proxy.example:3128".to_owned());
    assert_eq!(proxy("", &none), None);
    assert_eq!(proxy("", &set).unwrap(), "http://proxy.example:3128/");
    assert_eq!(proxy("https-proxy=null", &set).unwrap(), "http://proxy.example:3128/");
    assert_eq!(proxy("https-proxy=false", &set), None);
    assert_eq!(proxy("proxy=http://p.example", &none).unwrap(), "http://p.example/");
    assert_eq!(proxy("noproxy=r.example", &set), None);
}

#[test]
fn a_mirrors_tarballs_come_from_the_mirror() {
    let given = || url("https://origin.example/a/-/a-1.0.0.tgz");
    let to = |text: &str| {
        read(text, "registry=https://m.example/npm/", "")
            .unwrap()
            .tarball_url(&name("a"), given())
            .to_string()
    };
    assert_eq!(to(""), "https://m.example/a/-/a-1.0.0.tgz");
    assert_eq!(to("replace-registry-host=never"), given().to_string());
    assert_eq!(to("replace-registry-host=other.example"), given().to_string());
    assert_eq!(to("replace-registry-host=always"), "https://m.example/a/-/a-1.0.0.tgz");
}
