import { createServer, request as forward } from "node:http";

export type CountingProxy = AsyncDisposable & {
  endpoint: string;
  /** When requests for one node came since the last time that it was asked for, by this process's clock. */
  takeTimes(instanceId: string): number[];
};

/** Passes requests on to the local AWS and notes their times by the node that they name. */
export async function openCountingProxy(
  target: string,
): Promise<CountingProxy> {
  const times = new Map<string, number[]>();
  const server = createServer((request, response) => {
    const body: Buffer[] = [];
    request.on("data", (bytes: Buffer) => body.push(bytes));
    request.on("end", () => {
      const text = Buffer.concat(body);
      for (const id of new Set(text.toString().match(/\bi-[0-9a-f]{17}\b/g)))
        times.set(id, [...(times.get(id) ?? []), performance.now()]);
      const { method, headers } = request;
      const onward = forward(
        new URL(request.url ?? "/", target),
        { method, headers },
        (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        },
      );
      onward.on("error", () => response.destroy());
      onward.end(text);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string")
    throw new Error("the counting proxy has no port");
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    takeTimes: (instanceId) => {
      const taken = times.get(instanceId) ?? [];
      times.delete(instanceId);
      return taken;
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
