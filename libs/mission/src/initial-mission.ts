import { budgetLimitsSchema, missionLimitsSchema } from './brief.ts';
import type { Mission } from './mission.state.ts';
import { noUsage } from './run.ts';

/** The mission before its first event. */
export const initialMission: Mission = {
  version: 0,
  id: '',
  goal: '',
  status: 'draft',
  resumesTo: 'draft',
  autonomy: 'supervised',
  budget: { ...budgetLimitsSchema.parse({}), settledUsd: 0, warned: [] },
  limits: missionLimitsSchema.parse({}),
  integration: 'isolated',
  stance: 'neutral',
  priority: 0,
  acceptDefaults: false,
  createdBy: '',
  createdAt: '',
  scoping: { rounds: 0, ready: false, questions: {} },
  proposals: 0,
  proposalsForgiven: 0,
  runsForgiven: 0,
  protected: [],
  amendments: 0,
  milestones: {},
  features: {},
  assertions: {},
  runs: {},
  handoffs: [],
  findings: {},
  approvals: {},
  messages: {},
  broadcasts: [],
  usage: noUsage,
};
