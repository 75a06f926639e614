/** The browser that proofs on this machine would use. */
export { knownBrowser } from '@missions/workspace/sandbox';
