//! Audits for the tests of the reports.

use dockerfile::File;
use dockerfile::audit::{Audit, audit};

const GROWN: &str = r#"# syntax=docker/dockerfile:1
ARG USERNAME=dev
FROM debian:trixie AS build
RUN apt-get update && apt-get install -y sudo npm
USER $USERNAME
RUN npm ci
USER root

FROM build AS app
ARG USERNAME
ENV HOME=/home/dev
RUN useradd -m -u 1000 ${USERNAME}
USER ${USERNAME}
RUN npm install -g a
USER root
USER ${USERNAME}
RUN sudo apt-get install -y curl
USER root
RUN mkdir /app \
 && chmod -R 777 /opt \
 && chown -R dev:dev /srv
WORKDIR /app
USER ${USERNAME}
COPY . .
RUN npm run build
USER root
RUN ln -sf /home/dev/.config /root/.config
ONBUILD USER nobody
"#;

/// A file as years make it.
pub(super) fn grown(limit: Option<usize>) -> Audit {
    audit(&File::parse(GROWN.as_bytes()).unwrap(), "docker/app/Dockerfile", limit)
}

/// Text that would like to be more than text, wherever a file has text.
pub(super) fn hostile() -> Audit {
    let text = "# \x1b[2J\nFROM \"evil\x1b]0;x\x07|<b>\" AS \u{202e}gpj\nUSER \"::error::`a`|<i>\x1b[31m\"\nRUN chown -R x /\x1b[1m::error::` && ln -s /home/a|b /root && sudo ::warning::\nUSER \u{1b}[0m\n";
    audit(&File::parse(text.as_bytes()).unwrap(), "a b/\x1b[2J,x:y|<b>.Dockerfile", Some(0))
}

/// Small files of every kind.
pub(super) fn audits() -> Vec<Audit> {
    let texts = [
        "FROM scratch\nCOPY a b\n",
        "FROM a\nUSER 1000:1000\n",
        "ARG B\nFROM ${B}\nARG U\nUSER $U\nRUN x\n",
        "FROM a AS b\nUSER dev\nFROM b\nRUN x\n",
    ];
    let audited =
        |text: &&str| audit(&File::parse(text.as_bytes()).unwrap(), "Dockerfile", Some(9));
    texts.iter().map(audited).collect()
}
