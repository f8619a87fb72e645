import { laneSchema, playLane } from "./rounds/lane.ts";

/** A lane of rounds, forked by `npm run bench -- rounds`: a Rundeck server is a process, and whose sidecar it is follows from that. */
await playLane(laneSchema.parse(JSON.parse(process.argv[2] ?? "")), (round) =>
  process.send?.(round),
);
process.disconnect();
