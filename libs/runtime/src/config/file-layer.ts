import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isScalar, isMap, LineCounter, parseDocument, type Document } from 'yaml';
import type { ConfigFault } from './config-error.ts';
import type { ConfigLayer } from './config-layer.ts';
import { isTree, type SettingPath } from './setting-tree.ts';

/** Reads a YAML file; a missing one is no layer, unless it was asked for by name. */
export async function fileLayer(
  path: string,
  options: { readonly required: boolean },
): Promise<ConfigLayer | undefined> {
  const text = await readText(path);
  if (typeof text === 'string') return parseLayer(path, text);
  if (text.missing && !options.required) return undefined;
  const fault = { where: path, path: '', problem: text.problem };
  return { tree: {}, faults: [fault], whereIs: () => path, directory: dirname(path) };
}

async function readText(
  path: string,
): Promise<string | { readonly missing: boolean; readonly problem: string }> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    const missing = code === 'ENOENT' || code === 'ENOTDIR';
    return { missing, problem: missing ? 'there is no such file' : `it cannot be read (${code})` };
  }
}

function parseLayer(path: string, text: string): ConfigLayer {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const whereIs = (setting: SettingPath): string => placeOf({ document, lines, path }, setting);
  const directory = dirname(path);
  const faults: ConfigFault[] = document.errors.map((error) => ({
    where: `${path}:${lines.linePos(error.pos[0]).line}`,
    path: '',
    problem: error.message,
  }));
  if (faults.length > 0) return { tree: {}, faults, whereIs, directory };
  const tree: unknown = document.toJS() ?? {};
  if (isTree(tree)) return { tree, faults, whereIs, directory };
  const notSettings = { where: path, path: '', problem: 'expected settings (key: value)' };
  return { tree: {}, faults: [notSettings], whereIs, directory };
}

interface Source {
  readonly document: Document;
  readonly lines: LineCounter;
  readonly path: string;
}

// A setting that is not there (a missing key) is shown where its nearest parent is.
function placeOf(source: Source, setting: SettingPath): string {
  const parent = source.document.getIn(setting.slice(0, -1), true);
  const key = setting.at(-1);
  const pair = isMap(parent)
    ? parent.items.find((item) => isScalar(item.key) && String(item.key.value) === key)
    : undefined;
  const offset = isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
  if (offset !== undefined) return `${source.path}:${source.lines.linePos(offset).line}`;
  return setting.length > 1 ? placeOf(source, setting.slice(0, -1)) : source.path;
}
