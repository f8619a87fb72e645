import { randomBytes } from "node:crypto";

/** 24 hex digits, as the scripts on the node want them. */
export function newName(): string {
  return randomBytes(12).toString("hex");
}

/** The last part of an object's key: nobody can guess it. */
export function newObjectName(): string {
  return randomBytes(16).toString("hex");
}
