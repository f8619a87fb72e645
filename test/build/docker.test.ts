import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, inject, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";

/** What we use of the Compose Specification. Source: https://github.com/compose-spec/compose-spec/blob/main/spec.md */
const service = z.strictObject({
  build: z
    .strictObject({ context: z.string(), dockerfile: z.string() })
    .optional(),
  image: z.string().optional(),
  environment: z.record(z.string(), z.string()).optional(),
  ports: z.array(z.string()).optional(),
  volumes: z.array(z.string()).optional(),
  network_mode: z.string().optional(),
  command: z.array(z.string()).optional(),
  stdin_open: z.boolean().optional(),
});
const compose = z.strictObject({
  services: z.strictObject({ rundeck: service, aws: service }),
  volumes: z.record(z.string(), z.null()),
});

describe("docker/compose.yaml", () => {
  const { services, volumes } = compose.parse(
    parse(readFileSync("docker/compose.yaml", "utf8")),
  );

  test("builds the image of docker/Dockerfile from the built dist/", () => {
    const { context, dockerfile } = services.rundeck.build ?? {};
    expect(path.join("docker", context ?? "")).toBe("dist");
    expect(
      existsSync(path.join("docker", context ?? "", dockerfile ?? "")),
    ).toBe(true);
  });

  test("has Rundeck ask the local AWS beside it, by variables that Rundeck's image does not unset", () => {
    const { environment = {} } = services.rundeck;
    const { hostname, port } = new URL(environment["AWS_ENDPOINT_URL"] ?? "");
    expect(services.aws.network_mode).toBe("service:rundeck");
    // where the local AWS listens
    expect(hostname).toBe("127.0.0.1");
    expect(services.aws.command).toContain(`--port=${port}`);
    expect(
      Object.keys(environment).filter((name) => name.startsWith("RUNDECK_")),
    ).toEqual(["RUNDECK_GRAILS_URL"]);
  });

  test("mounts nothing but the built dist/ and a volume of its own, and opens no port to other machines", () => {
    const mounts = Object.values(services).flatMap(
      (item) => item.volumes ?? [],
    );
    expect(new Set(mounts.map((mount) => mount.split(":")[0]))).toEqual(
      new Set(["../dist", ...Object.keys(volumes)]),
    );
    const ports = Object.values(services).flatMap((item) => item.ports ?? []);
    expect(ports.filter((port) => !port.startsWith("127.0.0.1:"))).toEqual([]);
  });
});

describe("docker/Dockerfile", () => {
  const lines = readFileSync("docker/Dockerfile", "utf8").split("\n");
  const instructions = lines.filter((line) => /^[A-Z]/.test(line));

  test("adds to Rundeck's image the zip with Node.js, where its start script looks, and nothing else", () => {
    expect(instructions.map((line) => line.split(" ")[0])).toEqual([
      "ARG",
      "FROM",
      "ARG",
      "COPY",
    ]);
    expect(instructions.at(-1)).toMatch(
      / \/home\/rundeck\/container-plugins\/$/,
    );
  });

  test.each(["x64", "arm64"])("finds the one zip for %s", (cpu) => {
    const pattern = instructions.at(-1)?.split(" ").at(-2) ?? "";
    const [before = "", after] = pattern.replace("${CPU}", cpu).split("*");
    const plain = path.basename(inject("build").zip, ".zip");
    const zips = ["", "-linux-arm64", "-linux-x64"].map(
      (kind) => `${plain}${kind}.zip`,
    );
    expect(
      zips.filter(
        (name) => name.startsWith(before) && name.endsWith(after ?? "?"),
      ),
    ).toEqual([`${plain}-linux-${cpu}.zip`]);
  });

  test("is for the Rundeck whose core the tests run", () => {
    const [, version] =
      /rundeck\/rundeck:(\S+)/.exec(instructions[0] ?? "") ?? [];
    expect(readFileSync("test/host/rundeck/harness/pom.xml", "utf8")).toContain(
      `${version}-`,
    );
  });
});
