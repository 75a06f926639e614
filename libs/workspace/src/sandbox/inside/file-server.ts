import { createInterface } from 'node:readline';
import { FileRefusal, type FileScope } from './confined-path.ts';
import { listFolder, readRange, replaceFile } from './file-operations.ts';
import { findFiles, searchFiles } from './file-search.ts';

/** Serves file requests, one JSON object a line, from inside the sandbox: `{id, operation, request}` → `{id, value | refusal}`. */
const scope = JSON.parse(process.argv[2] ?? '') as FileScope;
const operations: Readonly<Record<string, (request: never) => Promise<unknown>>> = {
  read: (request) => readRange(scope, request),
  write: (request) => replaceFile(scope, request),
  list: (request) => listFolder(scope, request),
  glob: (request) => findFiles(scope, request),
  grep: (request) => searchFiles(scope, request),
};

process.umask(0o022);
createInterface({ input: process.stdin, crlfDelay: Infinity }).on('line', (line) => {
  const { id, operation, request } = JSON.parse(line) as { id: number; operation: string; request: never };
  void answer(operation, request).then((reply) =>
    process.stdout.write(`${JSON.stringify({ id, ...reply })}\n`),
  );
});

async function answer(operation: string, request: never): Promise<object> {
  try {
    return { value: await operations[operation]?.(request) };
  } catch (error) {
    return { refusal: refusalOf(error) };
  }
}

function refusalOf(error: unknown): object {
  if (error instanceof FileRefusal) return { code: error.code, message: error.message, errno: error.errno };
  const { code: errno, message } = error as NodeJS.ErrnoException;
  if (errno === 'ENOENT') return { code: 'FILE_NOT_FOUND', message: 'No such file.', errno };
  return { code: 'FILE_REFUSED', message, errno };
}
