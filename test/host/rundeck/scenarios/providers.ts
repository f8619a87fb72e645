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

    beforeAll(async () => {
      providers = await listProviders(zip);
    });

    it("are the node executor and the file copier, by the names that Enterprise gave them", () => {
      expect(
        providers.map(({ service, provider }) => `${service} ${provider}`),
      ).toEqual(
        expect.arrayContaining([
          "NodeExecutor awsssmexecutor",
          "FileCopier aws-ssm-copier",
        ]),
      );
    });

    it("offer the settings of the contract", () => {
      expect(names("awsssmexecutor")).toEqual(
        expect.arrayContaining([
          "ssm-accessKeyId",
          "ssm-secretKey",
          "ssm-profile",
          "ssm-assume-role",
          "ssm-assume-role-arn",
          "ssm-external-id",
          "cloudwatch-log-group",
          "log-retrieve-delay",
          "ssm-execution-timeout",
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
          "ssm-endpoint-url",
          "sts-endpoint-url",
          "logs-endpoint-url",
        ]),
      );
      expect(names("aws-ssm-copier")).toEqual(
        expect.arrayContaining([
          "ssm-copier-accessKeyId",
          "ssm-copier-secretKey",
          "ssm-copier-profile",
          "ssm-copier-assume-role",
          "ssm-copier-assume-role-arn",
          "ssm-copier-external-id",
          "ssm-copier-bucket",
          "ssm-copier-prefix",
          "ssm-copier-kms-key",
          "ssm-copier-inline-limit",
          "ssm-copier-file-mode",
          "s3-endpoint-url",
        ]),
      );
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
      expect(secret?.rendering).toContain("STORAGE_PATH_AUTOMATIC_READ");
    });

    it("come with an icon", () => {
      expect(find("awsssmexecutor")?.resources).toContain("icon.png");
    });
  });
}
