import { partition } from "@aws-sdk/core/client";
import { expect, it } from "vitest";
import {
  consoleOf,
  partitionOf,
  regionHost,
} from "../../src/kernel/partition.ts";

it.each([
  ["eu-west-1", "https://eu-west-1.console.aws.amazon.com"],
  ["cn-north-1", "https://cn-north-1.console.amazonaws.cn"],
  ["us-gov-west-1", "https://us-gov-west-1.console.amazonaws-us-gov.com"],
  ["eusc-de-east-1", "https://eusc-de-east-1.console.amazonaws-eusc.eu"],
  ["us-iso-east-1", undefined],
  ["us-isob-east-1", undefined],
  ["us-isof-south-1", undefined],
  ["eu-isoe-west-1", undefined],
])("%s has its partition's names and hosts", (region, console) => {
  const { name, dnsSuffix } = partition(region);
  expect(partitionOf(region)).toBe(name);
  expect(regionHost(region)).toBe(`${region}.${dnsSuffix}`);
  expect(consoleOf(region)).toBe(console);
});
