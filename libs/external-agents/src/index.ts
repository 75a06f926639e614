export { AcpAgent } from './acp/acp-agent.ts';
export { ExecAgent } from './exec/exec-agent.ts';
export type { ExternalAgent, ExternalAgentParts } from './external-agent.ts';
export { formerWork, type FormerWork } from './former-work.ts';
export { defaultExternalAgentLimits, type ExternalAgentLimits } from './limits.ts';
export { ModelSpend } from './model-spend.ts';
