/** The resource data sync of the unified console: who sees all accounts, and from where. */
export type NodeSync = { administrator: string; homeRegion: string };
