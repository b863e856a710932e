import { execFile } from 'node:child_process'
import { cpSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, expect, it } from 'vitest'
import { temporaryFolder } from './shared/temporary-folder.ts'

interface Violation {
  readonly rule: string
  readonly file: string
}

const run = promisify(execFile)
const config = resolve('.dependency-cruiser.cjs')
const { forbidden: rules } = createRequire(import.meta.url)(config) as {
  forbidden: { name: string }[]
}
const folders = ['packages', 'examples', 'bench', 'test', 'scripts', '.github']
const copy = temporaryFolder()

/** What breaks each rule: a file that is planted in a copy of the sources, and its import. */
const plantedFiles: readonly (readonly [rule: string, file: string, from: string])[] = [
  ['no-cycles', 'packages/core/src/cycle.ts', './cycle.ts'],
  ['no-cycles', 'packages/http/test/cycle.ts', './cycle.ts'],
  ['no-cycles', 'bench/cycle.ts', './cycle.ts'],
  ['no-cycles', 'test/shared/cycle.ts', './cycle.ts'],
  ['no-cycles', 'examples/cycle.ts', './cycle.ts'],
  ['core-knows-no-one', 'packages/core/src/planted.ts', '../../chat/src/index.ts'],
  ['chat-knows-only-core', 'packages/chat/src/planted.ts', '../../tiny/src/index.ts'],
  ['playbook-knows-only-core', 'packages/playbook/src/planted.ts', '../../chat/src/index.ts'],
  ['otel-knows-only-core', 'packages/otel/src/planted.ts', '../../chat/src/index.ts'],
  ['onnx-graph-knows-only-core', 'packages/onnx-graph/src/planted.ts', '../../forge/src/index.ts'],
  [
    'forge-knows-only-core-and-onnx-graph',
    'packages/forge/src/planted.ts',
    '../../tiny/src/index.ts',
  ],
  ['adapters-are-strangers', 'packages/llama-cpp/src/planted.ts', '../../cli/src/run.ts'],
  ['adapters-are-strangers', 'packages/onnx/src/planted.ts', '../../forge/src/index.ts'],
  ['front-door-only', 'packages/cli/src/planted.ts', '../../core/src/model.ts'],
  ['front-door-only-from-outside', 'examples/planted.ts', '../packages/core/src/model.ts'],
  ['front-door-only-from-outside', 'bench/planted.ts', '../packages/core/src/model.ts'],
  ['examples-stand-alone', 'examples/measured.ts', '../bench/main.ts'],
  ['core-runtime-deps', 'packages/core/src/file.ts', 'node:fs'],
  ['no-node-in-http', 'packages/http/src/file.ts', 'node:fs'],
  ['text-is-pure', 'packages/core/src/text/planted.ts', '../error.ts'],
  ['middleware-sees-only-the-contract', 'packages/core/src/middleware/planted.ts', '../model.ts'],
  ['conformance-sees-only-the-contract', 'packages/core/src/conformance/planted.ts', '../index.ts'],
  ['nothing-ships-the-suite', 'packages/chat/src/suite.ts', '../../core/src/conformance/index.ts'],
  ['resolvable', 'packages/chat/src/nowhere.ts', 'not-a-package'],
  ['resolvable', 'examples/nowhere.ts', 'not-a-package'],
  ['src-not-to-test', 'packages/chat/src/untested.ts', '../test/planted.ts'],
  ['scripts-not-to-test', 'scripts/planted.ts', '../test/shared/planted.ts'],
  ['tests-import-no-test', 'packages/core/test/again.ts', '../../../test/run.test.ts'],
  ['adapter-tests-are-strangers', 'packages/onnx/test/planted.ts', '../../http/test/planted.ts'],
  ['adapter-tests-are-strangers', 'packages/onnx/test/other.ts', '../../http/src/open.ts'],
]

/** Of a copy of the sources with the planted files: nothing else imports these. */
let violations: readonly Violation[]
beforeAll(async () => {
  copySources()
  for (const file of ['packages/chat/test', 'packages/http/test', 'test/shared'])
    writeFileSync(join(copy, file, 'planted.ts'), 'export {}')
  for (const [, file, from] of plantedFiles)
    writeFileSync(join(copy, file), `export * from '${from}'`)
  violations = await findViolations()
}, 300_000)

it('the sources keep the import map', () => {
  const files = plantedFiles.map(([, file]) => file)
  expect(violations.filter(({ file }) => !files.includes(file))).toEqual([])
})

it('every rule of the import map fires where it is broken', () => {
  expect(new Set(plantedFiles.map(([rule]) => rule))).toEqual(
    new Set(rules.map(({ name }) => name)),
  )
  for (const [rule, file] of plantedFiles) expect(violations).toContainEqual({ rule, file })
})

async function findViolations(): Promise<readonly Violation[]> {
  const args = [...folders, '--config', config, '--output-type', 'json']
  const { stdout } = await run('depcruise', args, { cwd: copy, maxBuffer: 1 << 28 }).catch(
    (error: { stdout: string }) => error,
  )
  const { summary } = JSON.parse(stdout) as {
    summary: { violations: { rule: { name: string }; from: string }[] }
  }
  return summary.violations.map(({ rule, from }) => ({ rule: rule.name, file: from }))
}

/** Copies what is written here, and links what is installed. */
function copySources(): void {
  const isSource = (path: string) => !/\/(node_modules|dist|training|models)$/.test(path)
  for (const folder of folders)
    cpSync(folder, join(copy, folder), { recursive: true, filter: isSource })
  const packages = readdirSync('packages').map((name) => join('packages', name))
  for (const folder of ['.', 'examples', 'bench', ...packages])
    symlinkSync(resolve(folder, 'node_modules'), join(copy, folder, 'node_modules'))
  for (const file of ['tsconfig.json', 'tsconfig.base.json']) cpSync(file, join(copy, file))
}
