/** What a bundle packs: `to` with all history, or only what `from` lacks; that is scanned for secrets before it leaves. */
export interface BundleRange {
  readonly from?: string;
  readonly to: string;
  /** Where the scan begins instead of at `from`: what was merged before was scanned, or is the repository's own. */
  readonly scannedFrom?: string;
}
