export { adoptWorkspace } from './adopt-workspace.ts';
export { browserRemedy } from './browser/browser-missing.ts';
export type { BrowserProgram } from './browser/browser-program.ts';
export {
  hostBrowser,
  knownBrowser,
  type FindBrowser,
  type HostBrowserOptions,
} from './browser/host-browser.ts';
export { BubblewrapProvider, type BubblewrapOptions } from './bubblewrap-provider.ts';
export { layerKey, SandboxedLayers, type DependencyLayersOptions } from './dependency-layers.ts';
export { openEgressProxy } from './egress-proxy.ts';
export { ExternalProvider, type ExternalProviderOptions } from './external-provider.ts';
export { endProcessesOf } from './processes-of-user.ts';
export { createSandboxProvider, type SandboxChoice } from './provider-choice.ts';
export { sandboxUser, type SandboxUser } from './sandbox-user.ts';
export { prepareToolchain, type Toolchain, type ToolchainSources } from './toolchain.ts';
export { UnsandboxedProvider, type UnsandboxedProviderOptions } from './unsandboxed-provider.ts';
