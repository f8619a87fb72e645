import type { Ec2 } from "../aws/ec2.ts";
import type { Inventory } from "../aws/inventory.ts";
import type { Call } from "../aws/companions.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Subject } from "../kernel/errors.ts";
import type { Limits, ScopeAnswer } from "./ask-scope.ts";
import type { LastAnswers } from "./last-answers.ts";
import type { Scope } from "./scope.ts";

/** Where nodes are looked for. */
export type Places = {
  /** `all`: wherever there may be nodes, as `homeRegion` tells. */
  regions: readonly string[] | "all";
  homeRegion: string;
  /** None: the credentials themselves. */
  roleArns: readonly string[];
};

export type OpenScope = (scope: Scope) => {
  inventory: Inventory;
  ec2: Ec2;
  caller: (call: Call) => Promise<{ account: string }>;
  subject: Subject;
};

export type ListPorts = {
  open: OpenScope;
  answers: LastAnswers;
  clock: Clock;
  random: () => number;
  note(text: string): void;
};

/** What is asked, and how it is opened; what became of a part where it can't be asked. */
export type Plan = { parts: readonly (Scope | ScopeAnswer)[]; open: OpenScope };

export type Planner = (
  places: Places,
  ports: ListPorts,
  limits: Limits,
) => Promise<Plan>;
