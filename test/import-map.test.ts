import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, it } from 'vitest'

const run = promisify(execFile)
const config = resolve('.dependency-cruiser.cjs')
const folder = mkdtempSync(join(tmpdir(), 'nano-imports-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** One sin for each rule, all planted in one copy of the sources. */
const planted: readonly (readonly [rule: string, file: string, code: string])[] = [
  ['no-cycles', 'packages/core/src/one.ts', "export { one } from './one.ts'"],
  [
    'core-knows-no-one',
    'packages/core/src/sin.ts',
    "export { chat } from '../../chat/src/index.ts'",
  ],
  [
    'chat-knows-only-core',
    'packages/chat/src/sin.ts',
    "export { gguf } from '../../tiny/src/index.ts'",
  ],
  [
    'onnx-graph-knows-only-core',
    'packages/onnx-graph/src/sin.ts',
    "export { shapes } from '../../forge/src/index.ts'",
  ],
  [
    'forge-knows-only-core-and-onnx-graph',
    'packages/forge/src/sin.ts',
    "export { gguf } from '../../tiny/src/index.ts'",
  ],
  [
    'adapters-are-strangers',
    'packages/llama-cpp/src/sin.ts',
    "export { run } from '../../cli/src/run.ts'",
  ],
  [
    'adapters-are-strangers',
    'packages/onnx/src/sin.ts',
    "export { shapes } from '../../forge/src/index.ts'",
  ],
  ['front-door-only', 'packages/cli/src/sin.ts', "export { slots } from '../../core/src/slots.ts'"],
  ['core-runtime-deps', 'packages/core/src/fs.ts', "export { readFileSync } from 'node:fs'"],
  ['no-node-in-http', 'packages/http/src/fs.ts', "export { readFileSync } from 'node:fs'"],
  ['text-is-pure', 'packages/core/src/text/sin.ts', "export { NanoError } from '../error.ts'"],
  [
    'middleware-sees-only-the-contract',
    'packages/core/src/middleware/sin.ts',
    "export { Model } from '../model.ts'",
  ],
  [
    'conformance-sees-only-the-contract',
    'packages/core/src/conformance/sin.ts',
    "export { slots } from '../slots.ts'",
  ],
  [
    'nothing-ships-the-suite',
    'packages/chat/src/suite.ts',
    "export { laws } from '../../core/src/conformance/index.ts'",
  ],
  ['resolvable', 'packages/chat/src/nowhere.ts', "export { nothing } from 'not-a-package'"],
  [
    'src-not-to-test',
    'packages/chat/src/untested.ts',
    "export { parrot } from '../test/parrot.ts'",
  ],
]

it('the sources keep the import map', async () => {
  expect(await violations('.')).toEqual([])
})

it('each rule of the import map fires where it is broken', async () => {
  for (const name of readdirSync('packages')) {
    cpSync(join('packages', name), join(folder, 'packages', name), {
      recursive: true,
      filter: (path) => !/\/(node_modules|dist|training|models)$/.test(path),
    })
    symlinkSync(
      resolve('packages', name, 'node_modules'),
      join(folder, 'packages', name, 'node_modules'),
    )
  }
  for (const file of ['tsconfig.json', 'tsconfig.base.json']) cpSync(file, join(folder, file))
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'))
  for (const [, file, code] of planted) writeFileSync(join(folder, file), code)

  const found = await violations(folder)
  for (const [rule, file] of planted) expect(found).toContainEqual({ rule, file })
})

async function violations(cwd: string): Promise<{ rule: string; file: string }[]> {
  const { stdout } = await run(
    'depcruise',
    ['packages', '--config', config, '--output-type', 'json'],
    { cwd, maxBuffer: 1 << 28 },
  ).catch((error: { stdout: string }) => error)
  const { summary } = JSON.parse(stdout) as {
    summary: { violations: { rule: { name: string }; from: string }[] }
  }
  return summary.violations.map(({ rule, from }) => ({ rule: rule.name, file: from }))
}
