/** The built zip; its path is known once the suite's own set-up has run. */
export type Plugin = { zip: string };
