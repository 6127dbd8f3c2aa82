//! What is given to a build beside its files: arguments, secrets, proxies, logins.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use crate::support::{Engine, Image, Project, TEST_LABEL, unique};

#[test]
fn arguments_and_secrets_that_nothing_takes_are_told() {
    let engine = Engine::take();
    let tag = Image::named("given-unused");
    let salt = unique("unused");
    let project = Project::with_template(
        &engine,
        &format!(
            "FROM ${{BASE}}\nARG DEV_UID=1000\n\
             RUN --mount=type=secret,id=npm echo uid=$DEV_UID # {salt}\n"
        ),
    );
    let path = project.write("tok", "tok");
    let secret = |id: &str| format!("id={id},src={}", path.display());
    project
        .build(&tag)
        .args(["--build-arg", "DEV_UDI=1001", "--secret", &secret("npmm")])
        .good()
        .says(&[
            "warning: no ARG of the Dockerfile uses the build argument `DEV_UDI`: did you mean `DEV_UID`?",
            "warning: no step of the Dockerfile mounts the secret `npmm`: did you mean `npm`?",
        ]);
    let taken = project
        .build(&tag)
        .args(["--build-arg", "DEV_UID=1001", "--build-arg", "http_proxy=http://p"])
        .args(["--secret", &secret("npm")])
        .good();
    assert!(!taken.stderr.contains("warning: no "), "{}", taken.stderr);
    for bad in ["", "DEV_UID=65534", "DEV_GID=x", "DEV_UID=2147483648"] {
        project.build(&tag).args(["--build-arg", bad]).run().expect_code(2).says(&["--build-arg"]);
    }
}

#[test]
fn an_empty_secret_is_told_and_refused_where_it_is_required() {
    let engine = Engine::take();
    let tag = Image::named("given-empty");
    let salt = unique("empty");
    let project = Project::with_template(
        &engine,
        &format!("FROM ${{BASE}}\nRUN --mount=type=secret,id=s ls /run/secrets || true # {salt}\n"),
    );
    let path = project.write("empty", "");
    let by_file = format!("id=s,src={}", path.display());
    for secret in [by_file.as_str(), "id=s,env=MAD_TEST_EMPTY", "id=s,type=env,src=MAD_TEST_EMPTY"]
    {
        let mad = || project.build(&tag).args(["--secret", secret]).env("MAD_TEST_EMPTY", "");
        mad().good().says(&["warning: the secret `s` is empty"]);
    }
    project.template("FROM ${BASE}\nRUN --mount=type=secret,id=s,required=true true\n");
    let mad = project.build(&tag).args(["--secret", &by_file]);
    mad.run().expect_code(2).says(&["the secret `s` is empty", "a step requires it"]);
}

#[test]
fn proxies_of_dockers_configuration_reach_every_step() {
    let engine = Engine::take();
    let tag = Image::named("given-proxies");
    let project = Project::with_template(
        &engine,
        "FROM ${BASE}\nRUN echo \"$http_proxy $HTTP_PROXY $no_proxy\"\n",
    );
    let config = Project::empty();
    config.write(
        "config.json",
        r#"{"proxies": {"default": {"httpProxy": "http://10.0.0.9:3128", "noProxy": "*.test"}}}"#,
    );
    let log = |arguments: &[&str]| {
        let mad = project.build(&tag).args(["--no-cache"]).args(arguments);
        mad.env("DOCKER_CONFIG", config.path())
            .events()
            .log()
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    assert_eq!(log(&[]), ["http://10.0.0.9:3128 http://10.0.0.9:3128 *.test"]);
    // What is typed wins, in both spellings.
    let typed = ["--build-arg", "http_proxy=http://mine"];
    assert_eq!(log(&typed), ["http://mine http://mine *.test"]);
}

#[test]
fn a_registry_that_wants_a_login_says_which_was_tried() {
    let engine = Engine::take();
    let project = Project::with_template(&engine, "FROM ${BASE}\nRUN true\n");
    let registry = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = registry.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for mut connection in registry.incoming().flatten() {
            let request = BufReader::new(connection.try_clone().unwrap()).lines();
            let _ = request.map_while(Result::ok).take_while(|line| !line.is_empty()).count();
            let _ = connection.write_all(
                b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\n\
                  Content-Length: 0\r\nConnection: close\r\n\r\n",
            );
        }
    });
    let config = Project::empty();
    let helper = "#!/bin/sh\necho 'token expired, run: corp-login' >&2; exit 1\n";
    config.write("bin/docker-credential-madfail", helper);
    config.set_mode("bin/docker-credential-madfail", 0o755);
    let path = format!("{}/bin:{}", config.path().display(), std::env::var("PATH").unwrap());
    for (index, (text, expected)) in [
        (format!(r#"{{"credHelpers": {{"{host}": "madnope"}}}}"#), "`docker-credential-madnope`"),
        (
            format!(r#"{{"credHelpers": {{"{host}/": "madfail"}}}}"#),
            "token expired, run: corp-login",
        ),
        ("{\"auths\":{".to_owned(), "config.json` cannot be read: EOF"),
        ("{}".to_owned(), "no login for"),
    ]
    .iter()
    .enumerate()
    {
        config.write("config.json", text);
        let base = format!("{host}/mad-test/x{index}-{}:1", unique("login"));
        project
            .build("mad-test/none")
            .args(["--base", &base])
            .env("DOCKER_CONFIG", config.path())
            .env("PATH", &path)
            .run()
            .expect_code(1)
            .says(&["401 Unauthorized", expected, "docker login"]);
    }
}

/// Directories give people ids far above 60000; those that mean nobody are refused.
#[test]
fn a_user_has_the_id_that_was_asked_for_however_large() {
    let engine = Engine::take();
    let image = Image::named("large-uid");
    let folder = tempfile::tempdir().unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/templates/files/make-user");
    std::fs::copy(script, folder.path().join("make-user")).unwrap();
    let text = format!(
        "FROM {}\nLABEL {TEST_LABEL}=1\nCOPY make-user /\n\
         RUN sh /make-user dev 2147483647 1000700000 /home/dev && touch /home/dev/x && chown dev: /home/dev/x\n\
         RUN ! sh /make-user other 65534 1001 /home/other && ! sh /make-user other 2147483648 1001 /home/other\n\
         USER dev\n",
        engine.base()
    );
    std::fs::write(folder.path().join("Dockerfile"), text).unwrap();
    engine.docker_build(folder.path(), &image);
    let facts =
        "id -u; id -g; id -un; stat -c %u:%g /home/dev /home/dev/x; touch ~/own && echo owned";
    let said = engine.run(&image, &["sh", "-c", facts]);
    assert_eq!(
        said.split_whitespace().collect::<Vec<_>>(),
        [
            "2147483647",
            "1000700000",
            "dev",
            "2147483647:1000700000",
            "2147483647:1000700000",
            "owned"
        ]
    );
}
