import type { SandboxProvider } from '../sandbox.ts';
import { BubblewrapProvider, type BubblewrapOptions } from './bubblewrap-provider.ts';
import { UnsandboxedProvider } from './unsandboxed-provider.ts';

export interface SandboxChoice extends BubblewrapOptions {
  /** `auto` takes what this platform has. */
  readonly provider: 'auto' | 'bubblewrap' | 'none';
  /** The admin's override without which `none` is refused. */
  readonly allowUnsandboxed: boolean;
}

/** The provider that the configuration asks for; a sandbox that is missing is never replaced by none. */
export function createSandboxProvider({
  provider,
  allowUnsandboxed,
  ...options
}: SandboxChoice): SandboxProvider {
  if (provider !== 'none') return new BubblewrapProvider(options);
  return new UnsandboxedProvider({ ...options, allowUnsandboxed });
}
