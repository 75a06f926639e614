import type { Intervention, InterventionRequest } from '@missions/leasing';
import { token } from '@missions/runtime';

/** Says whether an intervention really comes from the person it names. */
export interface InterventionVerifier {
  readonly isGenuine: (what: Intervention, request: InterventionRequest) => boolean;
}

export const INTERVENTION_VERIFIER = token<InterventionVerifier>('INTERVENTION_VERIFIER');
