/** What a subscriber process is asked to do: `count` subscribers of one stream, each on a connection of its own. */
export interface Subscribe {
  readonly server: string;
  readonly login?: { readonly seed: string; readonly inboxPrefix: string };
  readonly stream: string;
  readonly subject: string;
  readonly count: number;
}

/** The key is the message's `id`; the time is that of the machine's monotonic clock. */
export type Heard =
  { readonly kind: 'ready' } | { readonly kind: 'received'; readonly key: string; readonly at: number };
