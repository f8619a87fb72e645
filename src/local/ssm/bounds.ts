import type { Bounds } from "./input.ts";

/** Constraints of the service's own model. Source: Systems Manager API reference. */
export const instanceIdBounds: Bounds = {
  pattern: /(^i-(\w{8}|\w{17})$)|(^mi-\w{17}$)/,
};
export const instanceIdsBounds = { min: 0, max: 50, each: instanceIdBounds };
export const commandIdBounds: Bounds = { min: 36, max: 36 };
export const pageBounds: Bounds = { min: 1, max: 50 };
export const documentNameBounds: Bounds = {
  pattern: /^[a-zA-Z0-9_\-.:/]{3,128}$/,
};
export const documentVersionBounds: Bounds = {
  pattern: /([$]LATEST|[$]DEFAULT|^[1-9][0-9]*$)/,
};
