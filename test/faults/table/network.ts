import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import {
  type Expected,
  type Fault,
  passes,
  refused,
} from "../../support/faults/cell.ts";
import { until } from "../../support/faults/run.ts";
import {
  closedPort,
  makeCertificate,
  openBlackhole,
  openProxy,
  openServer,
  openSilent,
  openTls,
  page,
  type Reply,
} from "../../support/faults/servers.ts";
import { canary } from "../../support/faults/sources.ts";
import type { World } from "../../support/faults/world.ts";

/** Nothing left this machine: that is known, and said. */
const unreachable = (
  says: RegExp[],
  more: Partial<Expected> = {},
): Expected => ({
  happens: "gives up within a minute; nothing was sent",
  exit: 75,
  codeWord: "aws-unreachable",
  says,
  never: [/may be running/],
  runs: 0,
  longestSeconds: 75,
  ...more,
});

/** An answer came, and not from AWS. */
const notAws = (says: RegExp[], more: Partial<Expected> = {}): Expected => ({
  happens: "gives up; the line says that it was not AWS, and who",
  exit: 75,
  codeWord: "not-aws",
  says: [/not AWS/, ...says],
  never: [/denied/, /defect/],
  // of an upload that a gateway may have let through
  notes: 1,
  runs: 0,
  longestSeconds: 75,
  ...more,
});

const throughProxy = (world: World, url: string): void => {
  delete world.environment["http_proxy"];
  world.environment["HTTP_PROXY"] = url;
};

const tunnelThrough = (world: World, url: string): void => {
  delete world.environment["https_proxy"];
  world.environment["HTTPS_PROXY"] = url;
};

const secure = (url: string): string => url.replace("http:", "https:");

/** No time heals it. */
const proxyUntrusted: Expected = {
  ...unreachable([/the proxy \S+ \(HTTPS?_PROXY/, /http:\/\/HOST/, /AWS_CA/]),
  happens: "does not begin; the line names the proxy and its variable",
  longestSeconds: 10,
};

/** A proxy that nobody asks proves nothing. */
const workingProxies = new WeakMap<World, { seen: string[] }>();
const wasAsked = (world: World): string[] =>
  (workingProxies.get(world)?.seen.length ?? 0) > 0
    ? []
    : ["the proxy was not asked"];

async function workingProxy(
  world: World,
  options: Parameters<typeof openProxy>[0] = {},
): Promise<{ port: number; url: string }> {
  const proxy = world.use(await openProxy(options));
  workingProxies.set(world, proxy);
  return proxy;
}

const refusingProxy = (
  id: string,
  says: string,
  reply: Reply,
  expected: Expected,
): Fault => ({
  id,
  fault: `the proxy ${says}`,
  arrange: async (world) =>
    throughProxy(world, world.use(await openProxy({ reply })).url),
  expected,
});

const proxyFaults: Fault[] = [
  {
    id: "proxy-works",
    fault: "everything goes through a proxy, and nothing fails",
    arrange: async (world) =>
      throughProxy(world, (await workingProxy(world)).url),
    expected: passes(10),
    besides: wasAsked,
  },
  {
    id: "proxy-no-scheme",
    fault: "the proxy is given as host:port, without http://",
    arrange: async (world) => {
      const { port } = await workingProxy(world);
      throughProxy(world, `127.0.0.1:${port}`);
    },
    expected: passes(10),
    besides: wasAsked,
  },
  {
    id: "proxy-socks",
    fault: "the proxy is one of SOCKS; its URL has a password",
    arrange: (world) =>
      throughProxy(
        world,
        `socks5://rundeck:${canary(world, "socks")}@127.0.0.1:1080`,
      ),
    expected: refused(78, "setting-invalid", [
      /HTTPS?_PROXY/,
      /socks5/,
      /127\.0\.0\.1:1080/,
      /NO_PROXY/,
    ]),
  },
  {
    id: "proxy-no-url",
    fault: "the proxy's URL is none; it has a password",
    arrange: (world) =>
      throughProxy(
        world,
        `http://rundeck:${canary(world, "malformed")}@the proxy:3128`,
      ),
    expected: refused(78, "setting-invalid", [/HTTPS?_PROXY/, /http:\/\/HOST/]),
  },
  {
    id: "proxy-exempt",
    fault: "the proxy is dead, and NO_PROXY exempts the endpoint's host",
    arrange: async (world) => {
      throughProxy(world, `http://127.0.0.1:${await closedPort()}`);
      world.environment["NO_PROXY"] = "127.0.0.1";
    },
    expected: passes(10),
  },
  {
    id: "proxy-dead",
    fault: "nothing listens where the proxy should be",
    arrange: async (world) =>
      throughProxy(world, `http://127.0.0.1:${await closedPort()}`),
    expected: unreachable([/proxy/i, /ECONNREFUSED|refused/]),
  },
  {
    id: "proxy-dead-password",
    fault: "nothing listens where the proxy should be; its URL has a password",
    arrange: async (world) =>
      throughProxy(
        world,
        `http://rundeck:${canary(world, "proxy")}@127.0.0.1:${await closedPort()}`,
      ),
    expected: unreachable([/proxy/i]),
  },
  {
    id: "proxy-blackholed",
    fault: "connections to the proxy never come about",
    arrange: async (world) =>
      throughProxy(world, world.use(await openBlackhole()).url),
    expected: unreachable([/proxy/i]),
  },
  {
    id: "proxy-silent",
    fault: "the proxy accepts and never answers",
    arrange: async (world) =>
      throughProxy(world, world.use(await openSilent()).url),
    expected: {
      ...unreachable([/proxy/i]),
      // what was written to a proxy may have gone on
      codeWord: "aws-silent",
      // of an upload that may have gone on, whose removal is waited for
      notes: 1,
      never: [],
      longestSeconds: 85,
    },
  },
  refusingProxy(
    "proxy-403",
    "answers 403",
    page(403),
    notAws([/proxy/i, /403/]),
  ),
  refusingProxy(
    "proxy-407",
    "asks for a password (407)",
    page(407),
    notAws([/proxy/i, /407/]),
  ),
  refusingProxy(
    "proxy-502",
    "answers 502",
    page(502),
    notAws([/proxy/i, /502/]),
  ),
  refusingProxy(
    "proxy-html",
    "answers a web page with 200",
    page(200),
    notAws([/proxy/i]),
  ),
  {
    id: "proxy-wrong-password",
    fault: "the proxy does not take the password in its URL",
    arrange: async (world) => {
      const { port } = world.use(await openProxy({ demands: "a:b" }));
      throughProxy(
        world,
        `http://a:${canary(world, "proxy")}@127.0.0.1:${port}`,
      );
    },
    expected: notAws([/proxy/i, /407/]),
  },
  {
    id: "proxy-password",
    fault: "the proxy takes the password in its URL",
    arrange: async (world) => {
      const password = canary(world, "proxy");
      const { port } = await workingProxy(world, { demands: `a:${password}` });
      throughProxy(world, `http://a:${password}@127.0.0.1:${port}`);
    },
    expected: passes(10),
    besides: wasAsked,
  },
  {
    id: "proxy-tunnel-403",
    fault: "the proxy refuses tunnels (CONNECT, 403)",
    arrange: async (world) => {
      const front = world.use(
        await openTls(world.aws.endpoint, makeCertificate(world.folder)),
      );
      world.environment["AWS_ENDPOINT_URL"] = front.url;
      tunnelThrough(
        world,
        world.use(await openProxy({ reply: page(403) })).url,
      );
    },
    expected: notAws([/proxy/i, /403/], {
      never: [/denied/, /defect/, /may be running/],
    }),
  },
  {
    id: "proxy-tunnel-407",
    fault: "the proxy asks for a password before a tunnel (CONNECT, 407)",
    arrange: async (world) => {
      const front = world.use(
        await openTls(world.aws.endpoint, makeCertificate(world.folder)),
      );
      world.environment["AWS_ENDPOINT_URL"] = front.url;
      tunnelThrough(
        world,
        world.use(await openProxy({ reply: page(407) })).url,
      );
    },
    expected: notAws([/proxy/i, /407/], {
      never: [/denied/, /defect/, /may be running/],
    }),
  },
  {
    id: "proxy-tunnel-works",
    fault: "everything goes through a proxy's tunnels, and nothing fails",
    arrange: async (world) => {
      world.environment["NODE_EXTRA_CA_CERTS"] = await withTls(world);
      tunnelThrough(world, (await workingProxy(world)).url);
    },
    expected: passes(10),
    besides: wasAsked,
  },
  {
    id: "proxy-https-works",
    fault:
      "the proxy is spoken to by TLS, and AWS_CA_BUNDLE names its authority",
    arrange: async (world) => {
      const certificate = makeCertificate(world.folder);
      world.environment["AWS_CA_BUNDLE"] = certificate.cert;
      throughProxy(world, (await workingProxy(world, { certificate })).url);
    },
    expected: passes(10),
    besides: wasAsked,
  },
  {
    id: "proxy-https-plain",
    fault: "the proxy is given as https, and speaks plain http",
    arrange: async (world) =>
      throughProxy(world, secure(world.use(await openProxy({})).url)),
    expected: proxyUntrusted,
  },
  {
    id: "proxy-https-tunnel-plain",
    fault: "the proxy for tunnels is given as https, and speaks plain http",
    arrange: async (world) => {
      await withTls(world);
      tunnelThrough(world, secure(world.use(await openProxy({})).url));
    },
    expected: proxyUntrusted,
  },
  {
    id: "proxy-https-untrusted",
    fault: "the certificate of the proxy for tunnels is signed by nobody known",
    arrange: async (world) => {
      await withTls(world);
      const certificate = makeCertificate(world.folder);
      tunnelThrough(world, world.use(await openProxy({ certificate })).url);
    },
    expected: proxyUntrusted,
  },
  {
    id: "proxy-dies",
    fault: "the proxy dies while the command runs, for 5 s",
    takesSeconds: 3,
    pipelines: ["executor", "output"],
    arrange: async (world) => {
      const proxy = await openProxy({});
      throughProxy(world, proxy.url);
      world.use({ close: () => proxy.close() });
      proxies.set(world, proxy);
    },
    during: async (world, running) => {
      await world.begun(running);
      const proxy = proxies.get(world);
      await proxy?.close();
      const back = performance.now() + 5_000;
      await until(running, () => performance.now() > back);
      // on the port that everybody knows
      if (proxy) world.use(await openProxy({ port: proxy.port }));
    },
    expected: passes(40),
  },
];
const proxies = new WeakMap<World, { port: number; close(): Promise<void> }>();

const endpointFaults: Fault[] = [
  {
    id: "endpoint-refused",
    fault: "nothing listens at the endpoint",
    arrange: async ({ environment }) => {
      environment["AWS_ENDPOINT_URL"] =
        `http://127.0.0.1:${await closedPort()}`;
    },
    expected: unreachable([/AWS_ENDPOINT_URL/, /ECONNREFUSED|refused/]),
  },
  {
    id: "endpoint-no-scheme",
    fault: "AWS_ENDPOINT_URL is a name and a port, without http://",
    arrange: ({ environment, aws }) => {
      environment["AWS_ENDPOINT_URL"] =
        `localhost:${new URL(aws.endpoint).port}`;
    },
    expected: refused(78, "setting-invalid", [
      /AWS_ENDPOINT_URL \("localhost:\d+"/,
      /http:\/\//,
    ]),
  },
  {
    id: "endpoint-setting-refused",
    fault: "nothing listens at ssm-endpoint-url",
    pipelines: ["executor", "output"],
    arrange: async (world) =>
      world.set({
        "ssm-endpoint-url": `http://127.0.0.1:${await closedPort()}`,
      }),
    expected: unreachable([/ssm-endpoint-url/, /ECONNREFUSED|refused/]),
  },
  {
    id: "endpoint-blackholed",
    fault: "connections to the endpoint never come about",
    arrange: async (world) => {
      world.environment["AWS_ENDPOINT_URL"] = world.use(
        await openBlackhole(),
      ).url;
    },
    expected: unreachable([/AWS_ENDPOINT_URL/]),
  },
  {
    id: "endpoint-page",
    fault: "another server answers at the endpoint, with a web page",
    arrange: async (world) => {
      world.environment["AWS_ENDPOINT_URL"] = world.use(
        await openServer(() => page(200)),
      ).url;
    },
    expected: notAws([/AWS_ENDPOINT_URL|127\.0\.0\.1/]),
  },
  {
    id: "endpoint-404",
    fault: "another server answers at the endpoint, with 404",
    arrange: async (world) => {
      world.environment["AWS_ENDPOINT_URL"] = world.use(
        await openServer(() => page(404)),
      ).url;
    },
    expected: notAws([/404/]),
  },
  {
    id: "endpoint-redirect",
    fault: "another server answers at the endpoint, with a redirection",
    arrange: async (world) => {
      world.environment["AWS_ENDPOINT_URL"] = world.use(
        await openServer(() => ({
          status: 302,
          headers: { location: "https://portal.example/login" },
        })),
      ).url;
    },
    expected: notAws([/302/]),
  },
  {
    id: "fips-and-endpoint",
    fault: "AWS_USE_FIPS_ENDPOINT is set beside an endpoint of one's own",
    arrange: ({ environment, aws, set }) => {
      environment["AWS_USE_FIPS_ENDPOINT"] = "true";
      set({ "ssm-endpoint-url": aws.endpoint });
    },
    expected: refused(78, "setting-invalid", [/AWS_USE_FIPS_ENDPOINT/]),
  },
  {
    id: "fips-no-boolean",
    fault: "AWS_USE_FIPS_ENDPOINT is neither true nor false",
    arrange: ({ environment }) => {
      environment["AWS_USE_FIPS_ENDPOINT"] = "1";
    },
    expected: refused(78, "setting-invalid", [/AWS_USE_FIPS_ENDPOINT .*"1"/]),
  },
  {
    id: "defaults-mode",
    fault: "AWS_DEFAULTS_MODE is none that there is",
    arrange: ({ environment }) => {
      environment["AWS_DEFAULTS_MODE"] = "fast";
    },
    expected: passes(10),
  },
  {
    id: "endpoint-host-name",
    fault: "AWS_ENDPOINT_URL has a host name instead of an address",
    arrange: ({ environment, aws }) => {
      environment["AWS_ENDPOINT_URL"] = aws.endpoint.replace(
        "127.0.0.1",
        "localhost",
      );
    },
    expected: passes(10),
  },
];

/** In a mount namespace of its own: what names mean is the run's, not the machine's. */
function ownNames(world: World, hosts: string): { hosts: string } {
  const file = path.join(world.folder, "hosts");
  const resolver = path.join(world.folder, "resolv.conf");
  writeFileSync(file, hosts);
  // nobody answers there, and at once
  writeFileSync(
    resolver,
    "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n",
  );
  // a sidecar that another run has started would know the machine's names, not these
  world.environment["RUNDECK_SSM_SIDECAR"] = "off";
  world.command = [
    "unshare",
    "-m",
    "--",
    "/bin/sh",
    "-c",
    `mount --bind ${file} /etc/hosts && mount --bind ${resolver} /etc/resolv.conf && exec "$@"`,
    "sh",
    ...world.command,
  ];
  return { hosts: file };
}

const nameFaults: Fault[] = [
  {
    id: "dns-gone",
    fault: "DNS does not know AWS's name",
    needs: "root",
    arrange: (world) => {
      ownNames(world, "127.0.0.1 localhost\n");
      world.environment["AWS_ENDPOINT_URL"] =
        `http://ssm.corp.test:${new URL(world.aws.endpoint).port}`;
    },
    expected: unreachable([/ssm\.corp\.test/, /ENOTFOUND|EAI_AGAIN|DNS/]),
  },
  {
    id: "dns-back",
    fault: "DNS does not know AWS's name for 10 s",
    needs: "root",
    arrange: (world) => {
      const { hosts } = ownNames(world, "127.0.0.1 localhost\n");
      world.environment["AWS_ENDPOINT_URL"] =
        `http://ssm.corp.test:${new URL(world.aws.endpoint).port}`;
      const timer = setTimeout(
        () =>
          writeFileSync(
            hosts,
            "127.0.0.1 localhost ssm.corp.test pass-through.ssm.corp.test\n",
          ),
        10_000,
      );
      world.use({ close: () => clearTimeout(timer) });
    },
    expected: passes(40),
  },
  {
    id: "dns-lost",
    fault: "DNS loses AWS's name for 10 s while the command runs",
    needs: "root",
    takesSeconds: 3,
    pipelines: ["executor", "output"],
    arrange: (world) => {
      const known = "127.0.0.1 localhost ssm.corp.test\n";
      const { hosts } = ownNames(world, known);
      namesOf.set(world, { hosts, known });
      world.environment["AWS_ENDPOINT_URL"] =
        `http://ssm.corp.test:${new URL(world.aws.endpoint).port}`;
    },
    during: async (world, running) => {
      await world.begun(running);
      const names = namesOf.get(world);
      if (!names) return;
      writeFileSync(names.hosts, "127.0.0.1 localhost\n");
      const back = performance.now() + 10_000;
      await until(running, () => performance.now() > back);
      writeFileSync(names.hosts, names.known);
    },
    expected: passes(45),
  },
];
const namesOf = new WeakMap<World, { hosts: string; known: string }>();

const withTls = async (
  world: World,
  ...certificate: Parameters<typeof makeCertificate> extends [
    string,
    ...infer Rest,
  ]
    ? Rest
    : never
): Promise<string> => {
  const made = makeCertificate(world.folder, ...certificate);
  const front = world.use(await openTls(world.aws.endpoint, made));
  world.environment["AWS_ENDPOINT_URL"] = front.url;
  return made.cert;
};

/** No time heals a certificate. */
const certificateRefused = (says: RegExp[]): Expected => ({
  ...unreachable(says),
  happens:
    "does not begin; the line names the certificate's fault and the setting for an authority",
  longestSeconds: 10,
});

const tlsFaults: Fault[] = [
  {
    id: "tls-self-signed",
    fault: "the certificate is signed by nobody known (a TLS-breaking proxy)",
    arrange: async (world) => void (await withTls(world)),
    expected: certificateRefused([
      /DEPTH_ZERO_SELF_SIGNED_CERT|certificate/,
      /NODE_EXTRA_CA_CERTS|AWS_CA_BUNDLE/,
    ]),
  },
  {
    id: "tls-expired",
    fault: "the certificate has expired",
    arrange: async (world) => {
      const cert = await withTls(
        world,
        "DNS:localhost,IP:127.0.0.1",
        "expired",
      );
      world.environment["NODE_EXTRA_CA_CERTS"] = cert;
    },
    expected: certificateRefused([/expired/i]),
  },
  {
    id: "tls-other-name",
    fault: "the certificate is another host's",
    arrange: async (world) => {
      const cert = await withTls(world, "DNS:elsewhere.test");
      world.environment["NODE_EXTRA_CA_CERTS"] = cert;
    },
    expected: certificateRefused([/ALTNAME|name|certificate/i]),
  },
  {
    id: "tls-node-authority",
    fault: "NODE_EXTRA_CA_CERTS names the authority: nothing fails",
    arrange: async (world) => {
      world.environment["NODE_EXTRA_CA_CERTS"] = await withTls(world);
    },
    expected: passes(10),
  },
  {
    id: "tls-aws-authority",
    fault: "AWS_CA_BUNDLE names the authority: nothing fails",
    arrange: async (world) => {
      world.environment["AWS_CA_BUNDLE"] = await withTls(world);
    },
    expected: passes(10),
  },
  {
    id: "tls-bundle-pipe",
    fault: "AWS_CA_BUNDLE is a pipe that nobody writes to",
    arrange: ({ environment, folder }) => {
      const pipe = path.join(folder, "bundle");
      execFileSync("mkfifo", [pipe]);
      environment["AWS_CA_BUNDLE"] = pipe;
    },
    expected: refused(78, "setting-invalid", [/AWS_CA_BUNDLE/, /bundle/]),
  },
  {
    id: "tls-authority-missing",
    fault: "the file of NODE_EXTRA_CA_CERTS is not there",
    arrange: ({ environment, folder }) => {
      environment["NODE_EXTRA_CA_CERTS"] = `${folder}/nothing.pem`;
    },
    expected: passes(10, { notes: 1 }),
  },
  {
    id: "tls-plain",
    fault: "the endpoint is https, and what listens there speaks http (EPROTO)",
    arrange: ({ environment, aws }) => {
      environment["AWS_ENDPOINT_URL"] = aws.endpoint.replace("http:", "https:");
    },
    expected: {
      ...unreachable([/AWS_ENDPOINT_URL/, /EPROTO|TLS|SSL/]),
      longestSeconds: 10,
    },
  },
  {
    id: "tls-old",
    fault: "the server breaks off in the middle of the TLS handshake",
    arrange: async (world) => {
      const server = world.use(await openServer(() => "reset"));
      world.environment["AWS_ENDPOINT_URL"] = server.url.replace(
        "http:",
        "https:",
      );
    },
    expected: { ...unreachable([/AWS_ENDPOINT_URL/]) },
  },
];

export const networkFaults: Fault[] = [
  ...proxyFaults,
  ...endpointFaults,
  ...nameFaults,
  ...tlsFaults,
];
