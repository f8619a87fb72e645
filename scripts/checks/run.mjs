import { spawn, spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";

/** Where nothing may be skipped, what can't run has failed. */
const maySkip = process.env.RUNDECK_SSM_REQUIRE_HOST_TESTS !== "1";

/** Something can't run here: what that counts as, and a line that says why. */
export function skip(name, reason) {
  const text = `${maySkip ? "skipped" : "FAILED"}: ${name}: ${reason}\n`;
  return { ...(maySkip ? { skipped: 1 } : { failed: 1 }), text };
}

/** Runs checks two at a time, and tells each as if they ran in this order. */
export async function runSteps(steps) {
  const ended = [];
  let [begun, told] = [0, 0];
  async function runThem() {
    while (begun < steps.length) {
      const index = begun++;
      ended[index] = await runStep(steps[index]);
      for (; ended[told] !== undefined; told++)
        process.stdout.write(ended[told].text);
    }
  }
  await Promise.all([runThem(), runThem()]);
  return ended;
}

/** Runs a check, which counts as one test. `needs` is a program without which it is skipped. */
async function runStep({ name, command: [program, ...words], needs }) {
  if (needs !== undefined && spawnSync(needs, ["version"]).error !== undefined)
    return skip(name, `there is no program ${needs} on this machine`);
  const began = performance.now();
  const { output, isGood } = await run(program, words, {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const end = explainEnd(name, isGood, began);
  const counted = isGood ? { passed: 1 } : { failed: 1 };
  return { ...counted, text: `${output}${end}\n` };
}

/** Runs all tests, and some once more in each of `passes`, `workers` files at a time, and counts them. */
export async function runTests(passes, workers) {
  const results = path.join("dist", "test-results.json");
  rmSync(results, { force: true });
  const began = performance.now();
  const words = ["vitest", "run", "--reporter=default", "--reporter=json"];
  words.push(`--outputFile=${results}`, `--maxWorkers=${workers}`);
  const { isGood } = await run("npx", words, {
    stdio: "inherit",
    env: { ...process.env, RUNDECK_SSM_TEST_PASSES: JSON.stringify(passes) },
  });
  const counted = count(results);
  // an error outside of all tests ends vitest, too
  if (!isGood && counted.failed === 0) counted.failed = 1;
  // once more and in short: of a long log often only the end is kept
  for (const line of counted.failures) console.log(`FAILED: ${line}`);
  console.log(explainEnd("test", counted.failed === 0, began));
  return counted;
}

/** What it wrote, where that is caught, and whether it ended well. */
function run(program, words, options) {
  const child = spawn(program, words, options);
  const chunks = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk) => chunks.push(chunk));
  return new Promise((resolve) => {
    child.on("error", (error) =>
      resolve({ output: `${error.message}\n`, isGood: false }),
    );
    child.on("close", (code) =>
      resolve({ output: Buffer.concat(chunks).toString(), isGood: code === 0 }),
    );
  });
}

function count(results) {
  try {
    const told = JSON.parse(readFileSync(results, "utf8"));
    const failures = told.testResults.flatMap(failuresOf);
    return {
      passed: told.numPassedTests,
      failed: failures.length,
      skipped: told.numPendingTests + told.numTodoTests,
      failures,
    };
  } catch {
    const failures = [`the tests left no ${results}`];
    return { passed: 0, failed: failures.length, skipped: 0, failures };
  }
}

/** A line for each of a file's failures. */
function failuresOf(file) {
  const name = path.relative(".", file.name);
  const failed = file.assertionResults.filter(
    (test) => test.status === "failed",
  );
  // a file that could not even be loaded has no failed test in it, and is a failure all the same
  if (failed.length === 0)
    return file.status === "failed"
      ? [`${name}: ${shorten(file.message)}`]
      : [];
  return failed.map(
    (test) => `${name} > ${test.fullName}: ${shorten(test.failureMessages[0])}`,
  );
}

/** What a test said, without where it said it. */
function shorten(text = "") {
  const [message = ""] = stripVTControlCharacters(text).split(/\n\s+at /);
  const plain = message.replaceAll(/\s+/g, " ").trim();
  return plain.length > 1_500 ? `${plain.slice(0, 1_500)}…` : plain;
}

function explainEnd(name, isGood, began) {
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  return `${isGood ? "ok" : "FAILED"}: ${name} (${seconds} s)`;
}
