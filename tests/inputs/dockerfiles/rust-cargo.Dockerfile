# cargo as a user of its own, with its caches below an ENV; strip as root.
FROM rust:1.88 AS build
RUN useradd --create-home builder
ENV CARGO_HOME=/home/builder/.cargo
USER builder
WORKDIR /home/builder/app
COPY --chown=builder:builder Cargo.toml Cargo.lock ./
COPY --chown=builder:builder src ./src
RUN --mount=type=cache,target=/home/builder/.cargo/registry,uid=1000,gid=1000 cargo build --release
USER root
RUN strip /home/builder/app/target/release/app && install /home/builder/app/target/release/app /usr/local/bin/
USER builder
RUN cargo test --release
USER root

FROM debian:bookworm-slim
COPY --from=build /usr/local/bin/app /usr/local/bin/app
USER nobody
CMD ["app"]
