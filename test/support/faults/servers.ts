import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import path from "node:path";
import { keepAliveTimeout } from "../patience.ts";

/** A server on the loopback address, for one run. */
export type Server = { port: number; url: string; close(): Promise<void> };

export type Answer = {
  status?: number;
  text?: string;
  headers?: Record<string, string>;
  afterMs?: number;
};

/** Never: the connection stays open. Reset: it is broken off. */
export type Reply = Answer | "never" | "reset";

/** Answers each request as it is told; `count` is how many came before. */
export function openServer(
  reply: (request: http.IncomingMessage, count: number) => Reply,
): Promise<Server> {
  let count = 0;
  const server = http.createServer(
    { keepAliveTimeout },
    (request, response) => {
      request.resume();
      const answer = reply(request, count++);
      if (answer === "never") return;
      if (answer === "reset") {
        request.socket.destroy();
        return;
      }
      const { status = 200, text = "", headers = {}, afterMs = 0 } = answer;
      setTimeout(() => response.writeHead(status, headers).end(text), afterMs);
    },
  );
  return listen(server);
}

export const page = (status: number): Answer => ({
  status,
  text: "<html><body>Access to this page is restricted</body></html>",
  headers: { "content-type": "text/html" },
});

/** Accepts connections and says nothing. */
export function openSilent(): Promise<Server> {
  return listen(net.createServer());
}

/** A proxy that answers requests and tunnels alike, or that passes them on. */
export function openProxy(options: {
  reply?: Reply;
  /** `user:password` that it asks for. */
  demands?: string;
  port?: number;
  /** It is spoken to by TLS. */
  certificate?: { key: string; cert: string };
}): Promise<Server & { seen: string[] }> {
  const { reply, demands, port, certificate } = options;
  const seen: string[] = [];
  const refuse = (headers: http.IncomingHttpHeaders): Reply | undefined => {
    if (reply !== undefined) return reply;
    const wanted = `Basic ${Buffer.from(demands ?? "").toString("base64")}`;
    if (demands === undefined || headers["proxy-authorization"] === wanted)
      return undefined;
    return page(407);
  };
  const serve: http.RequestListener = (request, response) => {
    seen.push(request.url ?? "");
    const refusal = refuse(request.headers);
    if (refusal === "never") return;
    if (refusal === "reset") {
      request.socket.destroy();
      return;
    }
    if (refusal) {
      request.resume();
      response.writeHead(refusal.status ?? 200, refusal.headers);
      response.end(refusal.text);
      return;
    }
    forward(request, response, new URL(request.url ?? ""));
  };
  const server = certificate
    ? https.createServer({ keepAliveTimeout, ...read(certificate) }, serve)
    : http.createServer({ keepAliveTimeout }, serve);
  server.on("connect", (request, client: net.Socket, head: Buffer) => {
    seen.push(`CONNECT ${request.url ?? ""}`);
    client.on("error", () => client.destroy());
    const refusal = refuse(request.headers);
    if (refusal === "never") return;
    if (refusal === "reset") {
      client.destroy();
      return;
    }
    if (refusal) {
      client.end(
        `HTTP/1.1 ${refusal.status ?? 200} Refused\r\ncontent-type: text/html\r\n\r\n${refusal.text ?? ""}`,
      );
      return;
    }
    const to = new URL(`tcp://${request.url ?? ""}`);
    const upstream = net.connect(Number(to.port), to.hostname, () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    upstream.on("error", () => client.destroy());
  });
  const scheme = certificate ? "https" : "http";
  return listen(server, { port, scheme }).then((opened) => ({
    ...opened,
    seen,
  }));
}

function forward(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  url: URL,
): void {
  const passed = http.request(
    url,
    { method: request.method ?? "GET", headers: request.headers },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
      // what breaks off here breaks off there
      answer.on("error", () => response.destroy());
    },
  );
  passed.on("error", () => response.destroy());
  request.pipe(passed);
}

/** HTTPS in front of an endpoint that speaks HTTP. */
export function openTls(
  endpoint: string,
  certificate: { key: string; cert: string },
): Promise<Server> {
  const server = https.createServer(
    { keepAliveTimeout, ...read(certificate) },
    (request, response) =>
      forward(request, response, new URL(request.url ?? "/", endpoint)),
  );
  return listen(server, { scheme: "https" });
}

const read = ({ key, cert }: { key: string; cert: string }) => ({
  key: readFileSync(key),
  cert: readFileSync(cert),
});

/** A certificate signed by nobody, for these names; it may have expired long ago. */
export function makeCertificate(
  folder: string,
  names = "DNS:localhost,IP:127.0.0.1",
  time: "valid" | "expired" = "valid",
): { key: string; cert: string } {
  const at = (name: string): string => path.join(folder, name);
  const [from, to] =
    time === "valid"
      ? ["20200101000000Z", "20991231000000Z"]
      : ["20200101000000Z", "20200102000000Z"];
  writeFileSync(at("index.txt"), "");
  writeFileSync(
    at("ca.cnf"),
    `[ca]\ndefault_ca=d\n[d]\ndatabase=${at("index.txt")}\nnew_certs_dir=${folder}\nrand_serial=yes\ndefault_md=sha256\npolicy=p\ncopy_extensions=copy\n[p]\ncommonName=supplied\n`,
  );
  const openssl = (words: string): void =>
    void execFileSync("openssl", words.split(" "), { stdio: "ignore" });
  openssl(
    `req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost -addext subjectAltName=${names} -keyout ${at("key.pem")} -out ${at("request.pem")}`,
  );
  openssl(
    `ca -config ${at("ca.cnf")} -batch -selfsign -keyfile ${at("key.pem")} -in ${at("request.pem")} -startdate ${from} -enddate ${to} -notext -out ${at("cert.pem")}`,
  );
  return { key: at("key.pem"), cert: at("cert.pem") };
}

/** A port whose connections never come about: the kernel drops what a stopped process with a full queue can't take. */
export async function openBlackhole(): Promise<Server> {
  const child = spawn(
    process.execPath,
    [
      "-e",
      "require('net').createServer().listen({port:0,host:'127.0.0.1',backlog:1},function(){console.log(this.address().port)})",
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const port = await new Promise<number>((resolve) =>
    child.stdout.once("data", (text: Buffer) => resolve(Number(text))),
  );
  child.kill("SIGSTOP");
  const fillers = Array.from({ length: 8 }, () =>
    net.connect(port, "127.0.0.1"),
  );
  for (const socket of fillers) socket.on("error", () => undefined);
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    close: () => {
      for (const socket of fillers) socket.destroy();
      const gone = new Promise<void>((resolve) =>
        child.on("exit", () => resolve()),
      );
      child.kill("SIGKILL");
      return gone;
    },
  };
}

/**
 * A port that refuses: nobody listens there. A connection of our own comes from it for as long as we live, so that no other server gets it
 * meanwhile, which would serve whoever asks there.
 */
export async function closedPort(): Promise<number> {
  const server = net.createServer((socket) => void socket.unref());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string")
    throw new Error("no port");
  const ours = net.connect(address.port, "127.0.0.1");
  await once(ours, "connect");
  ours.unref();
  server.unref();
  return ours.localPort ?? 0;
}

async function listen(
  server: net.Server,
  {
    scheme = "http",
    port: wanted = 0,
  }: { scheme?: string; port?: number | undefined } = {},
): Promise<Server> {
  const sockets = new Set<net.Socket>();
  server.on("connection", (socket: net.Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) =>
    server.listen(wanted, "127.0.0.1", () => resolve()),
  );
  const address = server.address();
  if (address === null || typeof address === "string")
    throw new Error("the server has no port");
  const { port } = address;
  return {
    port,
    url: `${scheme}://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
