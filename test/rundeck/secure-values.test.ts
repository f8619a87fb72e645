import { describe, expect, test } from "vitest";
import { holdsSecureValue } from "../../src/rundeck/secure-values.ts";

describe("a secure option's value is in a command", () => {
  test.each([
    ["mysql -phunter2", "hunter2"],
    ["login --pin=1234", "1234"],
    ["login abc", "abc"],
    ["echo 'it'\"'\"'s secret'", "it's secret"],
    ['echo "say \\"please\\" now"', 'say "please" now'],
    ['echo "100%% secret"', "100% secret"],
    ["echo ^&secret^|", "&secret|"],
    ["echo secret", "secret\n"],
  ])("%j holds %j", (command, value) => {
    expect(holdsSecureValue(command, value)).toBe(true);
  });
});

describe("and by chance only", () => {
  test.each([
    ["ls -a /", "a"],
    ["cat /etc/hosts", "ts"],
    ["rm -rf x", "rf"],
    ["systemctl restart", "art"],
    ["login 12345", "1234"],
    ["grüße", "ße"],
    ["tail -f über.log", "ber"],
    ["echo", ""],
    ['echo \'"""\'', "'''"],
  ])("%j does not hold %j", (command, value) => {
    expect(holdsSecureValue(command, value)).toBe(false);
  });
});
