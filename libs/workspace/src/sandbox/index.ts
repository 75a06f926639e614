export { adoptWorkspace } from './adopt-workspace.ts';
export { BubblewrapProvider, type BubblewrapOptions } from './bubblewrap-provider.ts';
export { defaultSandboxUid, sandboxUser, type SandboxUser } from './sandbox-user.ts';
export { prepareToolchain, type Toolchain, type ToolchainSources } from './toolchain.ts';
