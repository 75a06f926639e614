import type { SandboxProvider } from '../sandbox.ts';
import { BubblewrapProvider, type BubblewrapOptions } from './bubblewrap-provider.ts';
import { ExternalProvider } from './external-provider.ts';
import { UnsandboxedProvider } from './unsandboxed-provider.ts';

export interface SandboxChoice extends BubblewrapOptions {
  /** `auto` takes what this platform has; never `external` or `none`. */
  readonly provider: 'auto' | 'bubblewrap' | 'external' | 'none';
  /** The admin's override without which `none` is refused. */
  readonly allowUnsandboxed: boolean;
  /** For `external`: what an admin says isolates the pod. */
  readonly podRuntime: string | undefined;
}

/** The provider that the configuration asks for; a sandbox that is missing is never replaced by none. */
export function createSandboxProvider({
  provider,
  allowUnsandboxed,
  podRuntime,
  ...options
}: SandboxChoice): SandboxProvider {
  switch (provider) {
    case 'external':
      return new ExternalProvider({ ...options, podRuntime });
    case 'none':
      return new UnsandboxedProvider({ ...options, allowUnsandboxed });
    case 'auto':
    case 'bubblewrap':
      return new BubblewrapProvider(options);
  }
}
