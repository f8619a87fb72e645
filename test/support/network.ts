import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { keepAliveTimeout } from "./patience.ts";

/** A server of a test's own, on the loopback address. */
export type Gate = { url: string; seen: string[]; close(): Promise<void> };

/** A proxy that forwards plain requests and opens tunnels, and remembers for whom. */
export async function openProxy(): Promise<Gate> {
  const seen: string[] = [];
  const server = http.createServer(
    { keepAliveTimeout },
    (request, response) => {
      const url = new URL(request.url ?? "");
      seen.push(url.host);
      request.pipe(
        http.request(
          url,
          { method: request.method ?? "GET", headers: request.headers },
          (answer) => {
            response.writeHead(answer.statusCode ?? 502, answer.headers);
            answer.pipe(response);
          },
        ),
      );
    },
  );
  server.on("connect", (request, client: net.Socket, head) => {
    seen.push(`CONNECT ${request.url ?? ""}`);
    const { hostname, port } = new URL(`tcp://${request.url ?? ""}`);
    const upstream = net.connect(Number(port), hostname, () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    for (const socket of [upstream, client])
      socket.on("error", () => socket.destroy());
  });
  return open(server, "http", seen);
}

/** HTTPS in front of an endpoint that speaks HTTP, with the certificate in `folder`. */
export async function openTls(endpoint: string, folder: string): Promise<Gate> {
  const seen: string[] = [];
  const server = https.createServer(
    {
      keepAliveTimeout,
      key: readFileSync(path.join(folder, "key.pem")),
      cert: readFileSync(path.join(folder, "cert.pem")),
    },
    (request, response) => {
      seen.push(request.url ?? "");
      request.pipe(
        http.request(
          new URL(request.url ?? "/", endpoint),
          { method: request.method ?? "GET", headers: request.headers },
          (answer) => {
            response.writeHead(answer.statusCode ?? 502, answer.headers);
            answer.pipe(response);
          },
        ),
      );
    },
  );
  return open(server, "https", seen);
}

/** Makes `cert.pem` and `key.pem` for localhost, signed by nobody. */
export function makeCertificate(folder: string): string {
  const cert = path.join(folder, "cert.pem");
  const command =
    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost";
  execFileSync(
    "openssl",
    [
      ...command.split(" "),
      "-keyout",
      path.join(folder, "key.pem"),
      "-out",
      cert,
    ],
    { stdio: "ignore" },
  );
  return cert;
}

async function open(
  server: http.Server | https.Server,
  scheme: string,
  seen: string[],
): Promise<Gate> {
  const sockets = new Set<net.Socket>();
  server.on("connection", (socket: net.Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve()),
  );
  // oxlint-disable-next-line no-unsafe-type-assertion -- a listening TCP server has an address of this form
  const { port } = server.address() as AddressInfo;
  return {
    url: `${scheme}://localhost:${port}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        // tunnels, too
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
