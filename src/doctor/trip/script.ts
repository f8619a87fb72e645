import * as z from "zod/mini";
import { quotePowerShell, quoteShell } from "../../command/runner/quote.ts";
import unix from "./unix.sh?raw";
import windows from "./windows.ps1?raw";

/** What a node is asked beside what it always tells. */
export type TripWords = {
  /** The setting's. */
  shell?: string;
  /** Addresses of services that the node has to reach, as AWS's own clients there would ask them. */
  s3?: string;
  logs?: string;
};

/** The text that looks at a node, for its platform. */
export function composeTrip(
  platform: "unix" | "windows",
  { shell = "", s3 = "", logs = "" }: TripWords,
): string {
  const words = Object.entries({ shell, s3, logs });
  if (platform === "windows")
    return `${words.map(([name, word]) => `$${name} = ${quotePowerShell(word, name)}\n`).join("")}${windows}`;
  return `#!/bin/sh\n${words.map(([name, word]) => `${name}=${quoteShell(word, name)}\n`).join("")}${unix}`;
}

const tools = z.pipe(
  z.string(),
  z.transform((text) => text.split(" ").filter((tool) => tool !== "")),
);

/** What is free in KiB, and in which folder. */
const room = z.pipe(
  z.string().check(z.regex(/^(?:\d{1,15}|unknown) \S/)),
  z.transform((text) => {
    const [free = "", ...folder] = text.split(" ");
    return {
      folder: folder.join(" "),
      ...(free === "unknown" ? {} : { freeKibibytes: Number(free) }),
    };
  }),
);

/** An address, and what answered there or why nothing did. */
const reached = z.pipe(
  z.string().check(z.regex(/^https?:\/\/\S+ \S/)),
  z.transform((text) => {
    const [url = "", ...answer] = text.split(" ");
    return { url, answer: answer.join(" ") };
  }),
);

const form = z.strictObject({
  user: z.string().check(z.minLength(1)),
  room,
  tools,
  shell: z.optional(z.enum(["found", "missing"])),
  /** PowerShell's version, of Windows. */
  powershell: z.optional(z.string().check(z.regex(/^\d+(?:\.\d+)+/))),
  s3: z.optional(reached),
  logs: z.optional(reached),
  end: z.literal("ok"),
});

/** What a node has told of itself. */
export type TripReport = z.infer<typeof form>;

/** Undefined for what is not the whole of what the script says. */
export function parseTrip(output: string): TripReport | undefined {
  const found = output.matchAll(/^rundeck-ssm-doctor (\w+) (.*?)\r?$/gm);
  const lines = Object.fromEntries(
    [...found].map(([, name = "", value = ""]) => [name, value]),
  );
  return form.safeParse(lines).data;
}
