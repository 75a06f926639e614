/** A way for the next answer of the server to go wrong. */
export type Fault =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly type: string;
      readonly message: string;
      readonly retryAfterSeconds?: number;
      readonly errorCode?: string;
    }
  /** HTTP 200, then an error event in the middle of the stream. */
  | {
      readonly kind: 'error_in_stream';
      readonly type: string;
      readonly message: string;
      readonly errorCode?: string | number;
    }
  /** The connection breaks after so many bytes of the body. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** Nothing more comes after so many bytes, and the connection stays open. */
  | { readonly kind: 'silence'; readonly afterBytes: number }
  /** The reply stops early for a reason, its last block as it was. */
  | { readonly kind: 'stop'; readonly reason: string; readonly truncateLastInput?: boolean };
