import { beforeAll, describe, expect, it } from "vitest";
import { listProviders } from "../harness.ts";
import type { Provider } from "../lines.ts";

export function describeProviders(zip: string): void {
  describe("its providers", () => {
    let providers: Provider[] = [];
    const find = (name: string) =>
      providers.find((provider) => provider.provider === name);
    const names = (name: string) =>
      find(name)?.properties.map((property) => property.name) ?? [];

    /** The fields of a step and of a node source are no settings of nodes. */
    const forms = () =>
      providers.filter(
        ({ service }) => service === "NodeExecutor" || service === "FileCopier",
      );

    beforeAll(async () => {
      providers = await listProviders(zip);
    });

    it("have the doctor among them, as a step", () => {
      expect(find("aws-ssm-doctor")?.service).toBe("WorkflowNodeStep");
      expect(names("aws-ssm-doctor")).toEqual([
        "run",
        "ssm-accessKeyId",
        "ssm-secretKey",
        "ssm-rundeck-token",
        "ssm-rundeck-url",
      ]);
    });

    it("are the node executor and the file copier, by the names that Enterprise gave them, the node source and the document step", () => {
      expect(
        providers.map(({ service, provider }) => `${service} ${provider}`),
      ).toEqual(
        expect.arrayContaining([
          "NodeExecutor awsssmexecutor",
          "FileCopier aws-ssm-copier",
          "ResourceModelSource aws-ssm-nodes",
          "WorkflowNodeStep aws-ssm-document",
        ]),
      );
    });

    it.each([
      [
        "awsssmexecutor",
        [
          "Region",
          "Access Key ID",
          "Secret Key",
          "Assume Role",
          "Role ARN",
          "CloudWatch Log Group",
          "Log Filter Delay",
          "Execution Timeout",
        ],
      ],
      [
        "aws-ssm-copier",
        [
          "Region",
          "Access Key ID",
          "Secret Key",
          "Assume Role",
          "Role ARN",
          "Bucket Name",
          "Execution Timeout",
        ],
      ],
    ])(
      "%s begins with Enterprise's fields, and has all others in closed folds",
      (name, titles) => {
        const properties = find(name)?.properties ?? [];
        const [open, folded] = [
          properties.slice(0, titles.length),
          properties.slice(titles.length),
        ];
        expect(open.map(({ title }) => title)).toEqual(titles);
        for (const { rendering } of open) {
          expect(rendering).not.toHaveProperty("groupName");
          expect(rendering).not.toHaveProperty("grouping");
        }
        for (const { rendering } of folded)
          expect(rendering).toMatchObject({ grouping: "secondary" });
      },
    );

    it("offer the settings of the contract", () => {
      expect(names("awsssmexecutor")).toEqual(
        expect.arrayContaining([
          "ssm-profile",
          "ssm-external-id",
          "ssm-sts-region",
          "ssm-delivery-timeout",
          "ssm-document-name",
          "ssm-run-as",
          "ssm-working-directory",
          "ssm-shell",
          "ssm-pass-variables",
          "ssm-runner",
          "ssm-output-bucket",
          "ssm-output-limit",
          "ssm-live-output",
          "ssm-sidecar",
          "ssm-metrics-file",
          "ssm-node-endpoints",
        ]),
      );
      expect(names("aws-ssm-copier")).toEqual(
        expect.arrayContaining([
          "ssm-copier-accessKeyId",
          "ssm-copier-profile",
          "ssm-copier-external-id",
          "ssm-copier-prefix",
          "ssm-copier-kms-key",
          "ssm-copier-inline-limit",
          "ssm-copier-file-mode",
          "ssm-sts-region",
          "ssm-metrics-file",
          "ssm-node-endpoints",
        ]),
      );
      expect(names("aws-ssm-document")).toEqual(
        expect.arrayContaining([
          "document",
          "document-version",
          "parameters",
          "comment",
          "ssm-execution-timeout",
          "ssm-delivery-timeout",
          "cloudwatch-log-group",
          "ssm-secretKey",
        ]),
      );
    });

    it("show no field for endpoints, which Rundeck resolves all the same", () => {
      for (const { properties } of forms()) {
        const hidden = properties
          .filter(({ rendering }) => rendering["displayType"] === "HIDDEN")
          .map(({ name }) => name);
        expect(hidden).toEqual([
          "ssm-endpoint-url",
          "sts-endpoint-url",
          "logs-endpoint-url",
          "s3-endpoint-url",
        ]);
      }
    });

    it("say in the first line what an empty field means, and at the end the node's attribute", () => {
      for (const { name, description } of forms().flatMap(
        ({ properties }) => properties,
      )) {
        const lines = description.split("\n");
        expect(lines[0]).toMatch(/ Empty: .+\.$/);
        expect([
          "A node's attributes do not count.",
          `Node attribute: \`${name}\``,
        ]).toContain(lines.at(-1));
      }
    });

    it("have no two fields of one title, and words for every value to choose", () => {
      for (const { properties } of providers) {
        const titles = properties.map(({ title }) => title);
        expect(new Set(titles).size).toBe(titles.length);
        for (const { values, labels } of properties)
          expect(Object.keys(labels ?? {})).toEqual(values ?? []);
      }
    });

    it("come from a plugin that tells its page, its documents, its source and its date", () => {
      for (const {
        url,
        docsLink,
        sourceLink,
        tags,
        date,
        version,
      } of providers) {
        for (const link of [url, docsLink, sourceLink])
          expect(link).toMatch(/^https:\/\//);
        expect(sourceLink).toContain(`v${version}`);
        expect(tags).toContain("AWS");
        expect(date).toMatch(/^20\d\d-\d\d-\d\dT00:00:00Z$/);
      }
    });

    it("have a title for each property, and no default that would hide a farther layer", () => {
      const properties = providers.flatMap((provider) => provider.properties);
      expect(properties.filter((property) => !property.title)).toEqual([]);
      expect(properties.filter((property) => property.default)).toEqual([]);
    });

    it("let Rundeck open a secret from Key Storage", () => {
      const secret = find("awsssmexecutor")?.properties.find(
        (property) => property.name === "ssm-secretKey",
      );
      expect(secret?.rendering).toMatchObject({
        valueConversion: "STORAGE_PATH_AUTOMATIC_READ",
      });
    });

    it("come with an icon", () => {
      expect(find("awsssmexecutor")?.resources).toContain("icon.png");
    });
  });
}
