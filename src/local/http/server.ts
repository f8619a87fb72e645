import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";

export type RunningServer = {
  port: number;
  /** Ends every connection, those too that wait for an answer. */
  close(): Promise<void>;
};

/** Listens on the loopback address only. */
export async function listen(
  port: number,
  respond: (
    request: IncomingMessage,
    response: ServerResponse,
  ) => Promise<void>,
): Promise<RunningServer> {
  const server = createServer((request, response) => {
    respond(request, response).catch((error: unknown) =>
      breakOff(request, response, error),
    );
  });
  // Clients keep connections longer than Node's five seconds; one that is closed under a request costs them a retry.
  server.keepAliveTimeout = 75_000;
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve());
  });
  return {
    port: portOf(server.address()),
    close: () => closeServer(server),
  };
}

/** A defect of ours, or a client that hung up. */
function breakOff(
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
): void {
  if (request.socket.destroyed || response.headersSent) {
    request.socket.destroy();
    return;
  }
  response.writeHead(500, { "content-type": "text/plain" });
  response.end(`The local AWS failed: ${String(error)}\n`);
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string")
    throw new Error("the server has no port");
  return address.port;
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeAllConnections();
  await closed;
}
