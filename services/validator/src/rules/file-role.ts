/** What a file is for, as its name tells; rules of tests do not look at the product and the other way round. */
export type FileRole = 'test' | 'product' | 'configuration' | 'document' | 'fixture' | 'other';

const code = /\.(?:[cm]?[jt]sx?|py|go|rs|rb|java|kt|php|sh|bash|vue|svelte|html?)$/;
const fixtures =
  /(?:^|\/)(?:fixtures?|__fixtures__|testdata|test-data|__snapshots__|snapshots|golden|vendor|third_party)\//;
const tests =
  /(?:^|\/)(?:tests?|__tests__|specs?|e2e)\/|(?:^|\/)(?:tests?|specs?)\.[cm]?[jt]sx?$|[._-](?:test|spec)\.[cm]?[jt]sx?$|(?:^|\/)(?:test_[^/]*|conftest)\.py$|_test\.(?:py|go|rs|rb)$|_spec\.rb$/i;
const configurations = [
  /(?:^|\/)package\.json$/,
  /(?:^|\/)(?:jest|vitest|vite|mocha|playwright|cypress|karma|ava|eslint|web-test-runner|c8|nyc|stryker|babel|swc)(?:\.[\w-]+)*\.config\.[cm]?[jt]s$/,
  /(?:^|\/)\.(?:mocharc|nycrc|c8rc|eslintrc|jestrc|babelrc|swcrc|taprc)(?:\.\w+)?$/,
  /(?:^|\/)(?:jest|vitest)\.config\.json$/,
  /(?:^|\/)tsconfig[\w.-]*\.json$/,
  /(?:^|\/)(?:pytest\.ini|tox\.ini|setup\.cfg|pyproject\.toml|\.coveragerc|mypy\.ini|ruff\.toml|Cargo\.toml|go\.mod)$/,
  /(?:^|\/)(?:GNU)?[Mm]akefile$|(?:^|\/)[Jj]ustfile$/,
  /(?:^|\/)\.github\/(?:workflows|actions)\//,
  /(?:^|\/)(?:\.gitlab-ci\.ya?ml|\.travis\.ya?ml|azure-pipelines\.ya?ml|Jenkinsfile)$|(?:^|\/)\.(?:ci|circleci|husky)\//,
] as const;
const documents = /\.(?:md|mdx|markdown|txt|rst|adoc)$|(?:^|\/)(?:docs?|documentation)\//i;

export function roleOf(path: string): FileRole {
  if (fixtures.test(path)) return 'fixture';
  if (configurations.some((shape) => shape.test(path))) return 'configuration';
  if (documents.test(path)) return 'document';
  if (!code.test(path)) return 'other';
  return tests.test(path) ? 'test' : 'product';
}

/** Configuration of a test runner: what it runs, how, and who reports it. */
export function isRunnerConfiguration(path: string): boolean {
  return /(?:^|\/)(?:jest|vitest|mocha|playwright|cypress|karma|ava|web-test-runner|c8|nyc)(?:\.[\w-]+)*\.config\.(?:[cm]?[jt]s|json)$|(?:^|\/)\.(?:mocharc|nycrc|c8rc|jestrc|taprc)(?:\.\w+)?$|(?:^|\/)(?:pytest\.ini|tox\.ini|\.coveragerc)$/.test(
    path,
  );
}

export function isContinuousIntegration(path: string): boolean {
  return /(?:^|\/)\.github\/(?:workflows|actions)\/|(?:^|\/)(?:\.gitlab-ci\.ya?ml|\.travis\.ya?ml|azure-pipelines\.ya?ml|Jenkinsfile)$|(?:^|\/)\.(?:ci|circleci)\//.test(
    path,
  );
}

/** Whether a resource pattern of a feature names exactly this file: then it was meant to change. */
export function namesFile(touched: string, path: string): boolean {
  return touched === path || touched.endsWith(`/${path}`);
}
