import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import canonicalize from 'canonicalize';
import type { BriefDraft } from './brief.ts';
import type { FeatureDefinition, MilestoneDefinition, PlanOutline } from './plan.ts';
import type { Assertion } from './validation-contract.ts';

/** Everything an approval is bound to; the estimate is left out on purpose. */
export interface ApprovalSubject {
  readonly brief: BriefDraft;
  readonly outline: PlanOutline;
  readonly milestones: readonly MilestoneDefinition[];
  readonly features: readonly FeatureDefinition[];
  readonly assertions: readonly Assertion[];
  readonly protected: readonly string[];
  readonly baseSha: string;
}

/** SHA-256 of the subject's canonical JSON (RFC 8785), as `sha256:<hex>`. */
export function approvalHash(subject: ApprovalSubject): string {
  // Round trip first: absent and undefined fields are the same thing once they are JSON.
  const plain: unknown = JSON.parse(JSON.stringify(subject));
  const text = canonicalize(plain) ?? '';
  return `sha256:${bytesToHex(sha256(utf8ToBytes(text)))}`;
}
