import { describe, expect, it } from "vitest";
import {
  findProfileFault,
  listProfiles,
} from "../../src/aws/profile-faults.ts";

const keys = { aws_access_key_id: "AKIA", aws_secret_access_key: "s" };
const role = { role_arn: "arn:aws:iam::111122223333:role/a" };
const sso = { sso_account_id: "111122223333", sso_role_name: "Deploy" };

describe("what does not go together in a profile", () => {
  it.each([
    [
      "a source that is not there",
      { a: { ...role, source_profile: "b" }, c: keys },
      "it names the source_profile b, which is not there (there are: a, c)",
    ],
    [
      "a source's source that is not there",
      {
        a: { ...role, source_profile: "b" },
        b: { ...role, source_profile: "c" },
      },
      "its source_profile b names the source_profile c, which is not there (there are: a, b)",
    ],
    [
      "a source with nothing in it",
      { a: { ...role, source_profile: "b" }, b: { region: "eu-west-1" } },
      "it names the source_profile b, which holds no credentials",
    ],
    [
      "a circle",
      {
        a: { ...role, source_profile: "b" },
        b: { ...role, source_profile: "c" },
        c: { ...role, source_profile: "b" },
      },
      "its source_profile leads in a circle: a, b, c, b",
    ],
    [
      "itself without keys",
      { a: { ...role, source_profile: "a" } },
      "its source_profile leads in a circle: a, a",
    ],
    [
      "a role of nobody",
      { a: role },
      "it has role_arn without source_profile or credential_source",
    ],
    [
      "a role of two",
      { a: { ...role, source_profile: "b", credential_source: "Environment" } },
      "it has both source_profile and credential_source",
    ],
    [
      "an unknown place",
      { a: { ...role, credential_source: "ec2" } },
      "it has the credential_source ec2, which must be one of: Ec2InstanceMetadata, EcsContainer, Environment",
    ],
    [
      "half a pair",
      { a: { aws_secret_access_key: "s" } },
      "it has aws_secret_access_key without aws_access_key_id",
    ],
    [
      "half a pair at the source",
      { a: { ...role, source_profile: "b" }, b: { aws_access_key_id: "AKIA" } },
      "its source_profile b has aws_access_key_id without aws_secret_access_key",
    ],
    [
      "no such session",
      { a: { ...sso, sso_session: "corp" } },
      "it names the sso_session corp, which is not there",
    ],
    [
      "half a session",
      {
        a: { sso_session: "corp", sso_account_id: "111122223333" },
        "sso-session.corp": { sso_start_url: "https://corp.example" },
      },
      "it lacks sso_region, sso_role_name",
    ],
  ])("%s", (_, sections, says) => {
    expect(findProfileFault(sections, "a")).toBe(says);
  });

  it.each([
    ["keys", { a: keys }],
    ["a role of keys", { a: { ...role, source_profile: "b" }, b: keys }],
    [
      "a role of its own keys",
      { a: { ...role, ...keys, source_profile: "a" } },
    ],
    [
      "keys of a source that has a role, too",
      {
        a: { ...role, source_profile: "b" },
        b: { ...role, ...keys, source_profile: "nothing" },
      },
    ],
    ["a web identity", { a: { ...role, web_identity_token_file: "/token" } }],
    ["a place", { a: { ...role, credential_source: "EcsContainer" } }],
    ["a process", { a: { credential_process: "helper" } }],
    [
      "a session",
      {
        a: { ...sso, sso_session: "corp" },
        "sso-session.corp": {
          sso_start_url: "https://corp.example",
          sso_region: "eu-west-1",
        },
      },
    ],
  ])("is not said of what does: %s", (_, sections) => {
    expect(findProfileFault(sections, "a")).toBeUndefined();
  });
});

it("lists profiles, and nothing else that is in the files", () => {
  expect(
    listProfiles({ a: keys, "sso-session.corp": {}, "services.x": {} }),
  ).toBe("there are: a");
  expect(listProfiles({})).toBe("there are none");
});
