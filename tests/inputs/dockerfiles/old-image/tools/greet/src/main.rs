fn main() {
    let name = std::env::args().nth(1).unwrap_or_else(|| "dev".to_owned());
    println!("hello, {name}");
}
