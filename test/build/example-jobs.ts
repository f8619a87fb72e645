import { parseXml } from "../support/xml.ts";
import type { XmlElement } from "../support/xml.ts";

export type ExampleJob = {
  name: string;
  /** As the file's name has it. */
  uuid: string;
  file: string;
  job: XmlElement;
  steps: XmlElement[];
  options: XmlElement[];
};

/** A job of Rundeck's XML format. Source: Rundeck's JobsXMLCodec. */
export function readJob(file: string, uuid: string): ExampleJob {
  const list = parseXml(file);
  if (list.name !== "joblist") throw new Error("the root is no joblist");
  const job = only(list, "job");
  const options = childrenOf(job, "context")
    .map((context) => only(context, "options"))
    .flatMap(({ children }) => children);
  return {
    name: textIn(job, "name"),
    uuid,
    file,
    job,
    steps: only(job, "sequence").children,
    options,
  };
}

/** A step of a plugin, and what its configuration says. */
export type PluginStep = { type: string; values: Map<string, string> };

export function listPlugins(steps: XmlElement[]): PluginStep[] {
  return steps
    .flatMap((step) => childrenOf(step, "node-step-plugin"))
    .map((plugin) => ({
      type: plugin.attributes["type"] ?? "",
      values: new Map(
        childrenOf(only(plugin, "configuration"), "entry").map(
          ({ attributes }) => [
            attributes["key"] ?? "",
            attributes["value"] ?? "",
          ],
        ),
      ),
    }));
}

export function childrenOf(parent: XmlElement, name: string): XmlElement[] {
  return parent.children.filter((child) => child.name === name);
}

/** The one child of a name: of several Rundeck's reader makes a list, which nothing that is asked for here may be. */
export function only(parent: XmlElement, name: string): XmlElement {
  const [child, ...more] = childrenOf(parent, name);
  if (child === undefined || more.length > 0)
    throw new Error(`<${parent.name}> has not one <${name}>`);
  return child;
}

export function textIn(parent: XmlElement, name: string): string {
  return only(parent, name).text;
}
