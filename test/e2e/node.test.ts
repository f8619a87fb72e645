import { once } from "node:events";
import { readlinkSync, realpathSync } from "node:fs";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { executorEnvironment, startPlugin } from "../support/plugin.ts";
import { workerOf } from "../support/sidecar.ts";

function portOf(
  address: ReturnType<ReturnType<typeof createServer>["address"]>,
) {
  if (address === null || typeof address === "string")
    throw new Error("the server has no port");
  return address.port;
}

test.runIf(process.platform === "linux")(
  "the plugin's process is the Node that the tests were asked to try",
  async () => {
    const silent = createServer();
    await once(silent.listen(0, "127.0.0.1"), "listening");
    const endpoint = `http://127.0.0.1:${portOf(silent.address())}`;
    const asked = once(silent, "connection");
    const plugin = startPlugin(
      "NodeExecutor",
      executorEnvironment(
        { endpoint, region: "us-east-1" },
        "i-00000000000000001",
        "true",
      ),
    );
    const [socket] = await asked;
    const program = readlinkSync(`/proc/${workerOf(plugin)}/exe`);
    plugin.kill("SIGKILL");
    await plugin.ended;
    socket.destroy();
    silent.close();
    expect(program).toBe(
      realpathSync(process.env["RUNDECK_SSM_TEST_NODE"] ?? process.execPath),
    );
  },
);
