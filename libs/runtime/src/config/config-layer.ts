import type { ConfigFault } from './config-error.ts';
import type { SettingPath, SettingTree } from './setting-tree.ts';

/** One place where settings come from; later layers win. */
export interface ConfigLayer {
  readonly tree: SettingTree;
  /** Faults found while reading, before the schema has its say. */
  readonly faults: readonly ConfigFault[];
  /** Where a setting of this layer was said, for a person: a file with its line, a variable, a flag. */
  readonly whereIs: (path: SettingPath) => string;
  /** The directory from which relative paths in this layer start. */
  readonly directory: string;
}
