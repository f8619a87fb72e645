/** How often a property is tried: so often in each run of the tests, and RUNDECK_SSM_FUZZ times that in `npm run fuzz`. */
export function runs(count: number): number {
  return count * Number(process.env["RUNDECK_SSM_FUZZ"] ?? 1);
}
