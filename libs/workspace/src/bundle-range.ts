/**
 * What a bundle packs: `to` with all history, or only what `from` lacks. What the mission's own runs made of that is scanned for
 * secrets before it leaves; what was merged from others was scanned there, or is the repository's own.
 */
export interface BundleRange {
  readonly from?: string;
  readonly to: string;
  /** Where the scan begins instead of at `from`; without either nothing is scanned. */
  readonly scannedFrom?: string;
}
