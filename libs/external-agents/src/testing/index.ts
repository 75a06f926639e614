import { fileURLToPath } from 'node:url';

/** The program of a small agent that speaks ACP; what it does is its first argument. It imports nothing but Node. */
export const acpTestAgent = fileURLToPath(new URL('./acp-test-agent.mjs', import.meta.url));
