"""A program that fails on request: `program.py PORT FILE`; FILE says how it is, and is empty at first."""
import socket, sys, time

port, file = int(sys.argv[1]), sys.argv[2]
def how():
    try:
        return open(file).read().split()
    except OSError:
        return []

words = how()
if words[:1] == ["no-start"]:
    sys.exit(3)
if words[:1] == ["slow-start"]:
    time.sleep(float(words[1]))

server = socket.create_server(("127.0.0.1", port))
server.settimeout(0.02)
print("listening", flush=True)
while True:
    words = how()
    word = words[0] if words else ""
    if word == "exit":
        sys.exit(int(words[1]))
    if word == "memory":
        import resource
        resource.setrlimit(resource.RLIMIT_AS, (1 << 28, 1 << 28))
        hoard = [bytearray(1 << 20) for _ in range(1 << 20)]
    if word == "close" and server:
        server.close()
        server = None
    if word == "work":
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            pass
        continue
    if server is None:
        time.sleep(0.02)
        continue
    try:
        client, _ = server.accept()
    except TimeoutError:
        continue
    client.settimeout(1)
    try:
        client.recv(4096)
        if word == "slow":
            time.sleep(float(words[1]))
        status = "503 Service Unavailable" if word == "wrong" else "200 OK"
        client.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok".encode())
    except OSError:
        pass
    client.close()
