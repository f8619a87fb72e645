import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { composeRemove, composeStore } from "../../src/copy/script.ts";
import { openNode } from "../support/agent.ts";
import type { NodeShell } from "../support/agent.ts";
import {
  destinationOf,
  hasAcl,
  letOthersIn,
  openFolders,
  runCopy,
  sendWhole,
  shells,
} from "../support/node-copy.ts";

/** A user whom every system has, and not the agent's. */
const user = "daemon";
const uid = 1;
const other = 65534;
const content = Buffer.from("#!/bin/sh\necho deployed\n");
const isRoot = process.getuid?.() === 0;

describe.skipIf(!isRoot).each(shells)(
  "among several users, a copy's scripts in %s",
  (shell: NodeShell) => {
    const ends: (() => void)[] = [];
    const node = openNode(shell, (remove) => ends.push(remove));
    const makeFolder = openFolders((remove) => ends.push(remove));
    afterAll(() => ends.forEach((end) => end()));

    /** A folder of the user's. */
    const makeHome = () => {
      const home = makeFolder();
      chownSync(home, uid, uid);
      return home;
    };
    const put = (to: string, runAs?: string) =>
      sendWhole(
        node,
        content,
        destinationOf(to, runAs === undefined ? {} : { runAs }),
      );
    const failed = (step: string) => ({ kind: "failed", step });

    it("give the file, and folders that had to be made, to the user", async () => {
      const home = makeHome();
      expect(await put(`${home}/new/f`, user)).toMatchObject({
        kind: "copied",
      });
      for (const made of ["new", "new/f"])
        expect(statSync(`${home}/${made}`).uid).toBe(uid);
      expect(statSync(`${home}/new`).mode & 0o777).toBe(0o755);
      expect(statSync(`${home}/new/f`).mode & 0o777).toBe(0o600);
      expect(readdirSync(`${home}/new`)).toEqual(["f"]);
      expect(await put(`${home}/f`, "no-one")).toMatchObject(failed("no-user"));
    });

    it("write nothing as root where the user's link leads", async () => {
      const [home, roots] = [makeHome(), makeFolder()];
      writeFileSync(`${roots}/f`, "root's", { mode: 0o600 });
      symlinkSync(`${roots}/f`, `${home}/file`);
      symlinkSync(roots, `${home}/folder`);
      expect(await put(`${home}/file`, user)).toMatchObject(failed("write"));
      expect(await put(`${home}/folder/f`, user)).toMatchObject(
        failed("write"),
      );
      expect(await put(`${home}/folder/new/f`, user)).toMatchObject(
        failed("folder"),
      );
      expect(readdirSync(roots)).toEqual(["f"]);
      expect(readFileSync(`${roots}/f`, "utf8")).toBe("root's");
      expect(statSync(`${roots}/f`)).toMatchObject({ uid: 0 });
    });

    it.each([undefined, user])(
      "don't follow what is planted under a private name (ssm-run-as %s)",
      async (runAs) => {
        const [home, roots] = [makeHome(), makeFolder(0o700)];
        const more = runAs === undefined ? {} : { runAs };
        for (const plant of ["link", "folder", "file"] as const) {
          const to = destinationOf(`${home}/f`, more);
          const name = `${home}/.rundeck-ssm-copy-${to.copyId}`;
          if (plant === "link") symlinkSync(roots, name);
          else if (plant === "folder") mkdirSync(name, { mode: 0o777 });
          else writeFileSync(name, "planted");
          if (plant !== "link") chownSync(name, other, other);
          const step = plant === "folder" ? "private" : "write";
          expect(await sendWhole(node, content, to)).toMatchObject(
            failed(step),
          );
          const piece = { number: 1, of: 2, base64: "AAAA" };
          expect(
            await runCopy(node, composeStore(to, piece), to),
          ).toMatchObject(failed(step));
          await runCopy(node, composeRemove(to), to);
          expect(readdirSync(roots)).toEqual([]);
        }
        expect(readdirSync(home)).not.toContain("f");
      },
    );

    it.each([
      ["belongs to another", 'chown 65534 "$made"', "private"],
      ["lets others write", 'chmod 777 "$made"', "private"],
      ["lets others look", 'chmod 755 "$made"', undefined],
      ["held a link to begin with", 'ln -s "$VICTIM" "$made/part"', undefined],
    ])("leave nothing where a new folder %s", async (_, command, step) => {
      const [folder, roots] = [makeFolder(), makeFolder()];
      writeFileSync(`${roots}/f`, "root's");
      const mount = openNode(shell, (remove) => ends.push(remove));
      mount.env["VICTIM"] = `${roots}/f`;
      rmSync(`${mount.bin}/mkdir`, { force: true });
      writeFileSync(
        `${mount.bin}/mkdir`,
        `#!/bin/sh\nfor made; do :; done\n/bin/mkdir "$@" && ${command}\n`,
        { mode: 0o755 },
      );
      expect(
        await sendWhole(mount, content, destinationOf(`${folder}/f`)),
      ).toMatchObject(step === undefined ? { kind: "copied" } : failed(step));
      expect(readdirSync(folder)).toEqual(step === undefined ? ["f"] : []);
      expect(readFileSync(`${roots}/f`, "utf8")).toBe("root's");
    });

    it("give a file that exists no right that only new ones get there", async () => {
      const folder = makeFolder();
      writeFileSync(`${folder}/f`, "old", { mode: 0o640 });
      letOthersIn(folder);
      expect(await put(`${folder}/f`)).toMatchObject({ kind: "copied" });
      expect(statSync(`${folder}/f`).mode & 0o7777).toBe(0o640);
      // busybox has no tool that removes one
      expect(hasAcl(`${folder}/f`)).toBe(shell === "busybox");
      expect(await put(`${folder}/new`)).toMatchObject({ kind: "copied" });
      expect(hasAcl(`${folder}/new`)).toBe(true);
    });

    it("remove what an unfinished copy left, as that user", async () => {
      const home = makeHome();
      const to = destinationOf(`${home}/new/f`, { runAs: user });
      const piece = { number: 1, of: 2, base64: "AAAA" };
      expect(await runCopy(node, composeStore(to, piece), to)).toEqual({
        kind: "stored",
      });
      expect(readdirSync(`${home}/new`)).toHaveLength(1);
      for (const text of [composeRemove(to), composeRemove(to)])
        expect(await runCopy(node, text, to)).toEqual({ kind: "removed" });
      expect(readdirSync(`${home}/new`)).toEqual([]);
      const nowhere = destinationOf(`${home}/x/y/z`, { runAs: user });
      expect(await runCopy(node, composeRemove(nowhere), nowhere)).toEqual({
        kind: "removed",
      });
      expect(readdirSync(home)).toEqual(["new"]);
    });

    it("keep what exists: its owner, group and mode", async () => {
      const home = makeFolder();
      writeFileSync(`${home}/app`, "old");
      chownSync(`${home}/app`, uid, other);
      chmodSync(`${home}/app`, 0o4750);
      expect(await put(`${home}/app`)).toMatchObject({ kind: "copied" });
      const { mode, ...owner } = statSync(`${home}/app`);
      expect([mode & 0o7777, owner.uid, owner.gid]).toEqual([
        0o4750,
        uid,
        other,
      ]);
      expect(readFileSync(`${home}/app`)).toEqual(content);
    });

    it("give what exists to the user, without another's set-id bits", async () => {
      const home = makeHome();
      writeFileSync(`${home}/app`, "old");
      chmodSync(`${home}/app`, 0o6755);
      expect(await put(`${home}/app`, user)).toMatchObject({ kind: "copied" });
      expect(statSync(`${home}/app`).uid).toBe(uid);
      expect(statSync(`${home}/app`).mode & 0o7777).toBe(0o755);
    });

    it("refuse another user's link in a folder that all may write to", async () => {
      const [shared, roots] = [makeFolder(0o1777), makeFolder()];
      writeFileSync(`${roots}/f`, "root's");
      symlinkSync(`${roots}/f`, `${shared}/file`);
      symlinkSync(roots, `${shared}/folder`);
      symlinkSync(`${shared}/file`, `${roots}/twice`);
      for (const name of ["file", "folder"])
        lchownSync(`${shared}/${name}`, uid, uid);
      for (const name of [
        `${shared}/file`,
        `${shared}/folder`,
        `${shared}/folder/f`,
        `${shared}/folder/new/f`,
        `${shared}/./folder/../f`,
        `${roots}/twice`,
      ])
        expect(await put(name)).toMatchObject(failed("foreign"));
      expect(readFileSync(`${roots}/f`, "utf8")).toBe("root's");
      expect(readdirSync(roots).toSorted()).toEqual(["f", "twice"]);
      expect(readlinkSync(`${shared}/file`)).toBe(`${roots}/f`);
    });

    it("follow our own link there, and the folder's owner's", async () => {
      const [shared, target] = [makeFolder(0o1777), makeFolder(0o777)];
      symlinkSync(`${target}/a`, `${shared}/ours`);
      expect(await put(`${shared}/ours`)).toMatchObject({ kind: "copied" });
      chownSync(shared, other, other);
      symlinkSync(`${target}/b`, `${shared}/keeper's`);
      lchownSync(`${shared}/keeper's`, other, other);
      expect(await put(`${shared}/keeper's`, user)).toMatchObject({
        kind: "copied",
      });
      expect(readdirSync(target).toSorted()).toEqual(["a", "b"]);
    });

    it("refuse to replace another user's file there, who could change it", async () => {
      const shared = makeFolder(0o1777);
      writeFileSync(`${shared}/0-42-web-1-script.sh`, "planted");
      chmodSync(`${shared}/0-42-web-1-script.sh`, 0o666);
      chownSync(`${shared}/0-42-web-1-script.sh`, uid, uid);
      expect(await put(`${shared}/0-42-web-1-script.sh`)).toMatchObject(
        failed("foreign"),
      );
      expect(readFileSync(`${shared}/0-42-web-1-script.sh`, "utf8")).toBe(
        "planted",
      );
      expect(await put(`${shared}/0-42-web-1-script.sh`, user)).toMatchObject({
        kind: "copied",
      });
    });

    it("leave devices, pipes and sockets as they are, also behind a link", async () => {
      const folder = makeFolder();
      spawnSync("mkfifo", [`${folder}/fifo`]);
      spawnSync("mknod", [`${folder}/null`, "c", "1", "3"]);
      spawnSync("python3", [
        "-c",
        "import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])",
        `${folder}/socket`,
      ]);
      const found = readdirSync(folder);
      expect(found).toContain("fifo");
      symlinkSync("fifo", `${folder}/link`);
      for (const name of [
        ...[...found, "link"].map((entry) => `${folder}/${entry}`),
        "/dev/null",
        "/dev/stdout",
      ])
        expect(await put(name)).toMatchObject(failed("special"));
      expect(lstatSync(`${folder}/fifo`).isFIFO()).toBe(true);
      expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
      expect(readdirSync(folder).toSorted()).toEqual(
        [...found, "link"].toSorted(),
      );
    });

    it("know no home of a user who is not there", async () => {
      const answer = await put("~nosuch/x");
      expect(answer).toMatchObject(failed("no-home"));
      expect(answer).toHaveProperty("said", "");
    });

    it("remove what copies left that ended with the machine, and nothing of others", async () => {
      const folder = makeFolder();
      const hoursAgo = (hours: number) => Date.now() / 1_000 - hours * 3_600;
      const leave = (name: string, ofUid: number, hours: number) => {
        const left = path.join(folder, name);
        mkdirSync(left);
        writeFileSync(`${left}/part`, "half");
        utimesSync(`${left}/part`, hoursAgo(hours), hoursAgo(hours));
        utimesSync(left, hoursAgo(13), hoursAgo(13));
        chownSync(left, ofUid, ofUid);
      };
      leave(".rundeck-ssm-copy-old", 0, 13);
      leave(".rundeck-ssm-copy-growing", 0, 1);
      leave(".rundeck-ssm-copy-theirs", uid, 13);
      leave(".rundeck-ssm-run", 0, 13);
      expect(await put(`${folder}/f`)).toMatchObject({ kind: "copied" });
      expect(readdirSync(folder).toSorted()).toEqual([
        ".rundeck-ssm-copy-growing",
        ".rundeck-ssm-copy-theirs",
        ".rundeck-ssm-run",
        "f",
      ]);
    });
  },
);
