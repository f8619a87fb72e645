import { executor } from "./entries.ts";
import { runProcess } from "./process.ts";

void runProcess(process, executor);
