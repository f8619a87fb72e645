import { openDocuments } from "../aws/documents.ts";
import type { Documents } from "../aws/documents.ts";
import type { Clock } from "../kernel/clock.ts";
import { openClients } from "./clients.ts";
import type { Asker } from "./clients.ts";
import { servicesOf } from "./services.ts";
import type { Services } from "./services.ts";

/** What a document step reaches AWS by. */
export type DocumentServices = Services & { documents: Documents };

export function openDocumentServices(
  asker: Asker,
  clock: Clock,
): DocumentServices {
  const open = openClients(asker, clock);
  return {
    ...servicesOf(open, clock),
    documents: openDocuments(open("ssm"), clock),
  };
}
