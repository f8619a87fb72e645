import { Readable } from "node:stream";
import { setImmediate as othersTurn } from "node:timers/promises";
import { HttpResponse } from "@smithy/core/protocols";
import type { Transport } from "./transport.ts";

const refusal = JSON.stringify({ __type: "AccessDeniedException" });

/** A network on which nobody is but one who answers every call with AccessDeniedException. */
export const refusingTransport: Transport = {
  handler: () => ({
    metadata: { handlerProtocol: "http/1.1" },
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
    destroy: () => undefined,
    handle: async () => {
      await othersTurn();
      return {
        response: new HttpResponse({
          statusCode: 400,
          headers: { "content-type": "application/x-amz-json-1.1" },
          body: Readable.from([Buffer.from(refusal)]),
        }),
      };
    },
  }),
  travel: (work) => work({ stage: "unsent" }),
};
