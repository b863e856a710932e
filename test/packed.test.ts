import { execFile } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, posix, resolve } from 'node:path'
import { promisify } from 'node:util'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findNode } from './shared/find-node.ts'

const run = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'nano-packed-'))
afterAll(() => rmSync(folder, { recursive: true }))

const packages = readdirSync('packages')
const tarball = (name: string) => {
  const file =
    readdirSync(folder).find((file) => file.startsWith(`nano-${name}-`) && file.endsWith('.tgz')) ??
    expect.fail(`${name} was not packed`)
  return join(folder, file)
}

const isScript = (path: string) => path.endsWith('.js')

/**
 * The Node of this run, and the others that a user may have: the oldest line is that of `engines`.
 */
const nodes = await Promise.all(['22', '24', '26'].map(findNode))

beforeAll(async () => {
  const pack = ['pack', '--pack-destination', folder]
  await run('npx', ['-y', 'pnpm@12.21.0', '-r', '--filter', './packages/*', ...pack])
}, 120_000)

describe.each(packages)('the tarball of %s', (name) => {
  it('is linted as its users see it', async () => {
    const { buffer } = Uint8Array.from(readFileSync(tarball(name)))
    const { messages } = await publint({ strict: true, pack: { tarball: buffer } })
    expect(messages).toEqual([])
  })
  it.skipIf(name === 'cli')(
    `has types that resolve${name === 'cli' ? ' [a command, nothing to import]' : ''}`,
    async () => {
      const analysis = await checkPackage(createPackageFromTarballData(readFileSync(tarball(name))))
      if (!analysis.types) throw new Error('the package has no types')
      const resolutions = Object.values(analysis.entrypoints).flatMap(({ resolutions }) => [
        resolutions['node16-esm'],
        resolutions.bundler,
      ])
      expect(resolutions.length).toBeGreaterThan(0)
      const problems = resolutions.flatMap(({ visibleProblems = [] }) => visibleProblems)
      expect(problems.map((index) => analysis.problems[index])).toEqual([])
    },
  )
  it('has source maps, and every source that they name', () => {
    const files = createPackageFromTarballData(readFileSync(tarball(name)))
    const scripts = files.listFiles(`/node_modules/@nano/${name}/dist`).filter(isScript)
    expect(scripts.length).toBeGreaterThan(0)
    for (const script of scripts) {
      const map = `${script}.map`
      expect(files.readFile(script)).toContain(`\n//# sourceMappingURL=${basename(map)}`)
      const { sources } = JSON.parse(files.readFile(map)) as { sources: string[] }
      const missing = sources
        .map((source) => posix.join(dirname(script), source))
        .filter((source) => !files.fileExists(source))
      expect(missing).toEqual([])
    }
  })
})

describe('an empty project', () => {
  const project = join(folder, 'project')
  beforeAll(async () => {
    mkdirSync(project)
    const dependencies = Object.fromEntries(
      packages.map((name) => [`@nano/${name}`, `file:${tarball(name)}`]),
    )
    writeFileSync(
      join(project, 'package.json'),
      JSON.stringify({
        type: 'module',
        private: true,
        dependencies,
        overrides: { 'node-llama-cpp': 'npm:empty-npm-package@1.0.0' },
      }),
    )
    await run(
      'npm',
      [
        'install',
        '--no-audit',
        '--no-fund',
        '--legacy-peer-deps',
        '--omit=optional',
        '--ignore-scripts',
      ],
      { cwd: project },
    )
    // The runtime itself is not ours to test as a download: 100 MB of it.
    rmSync(join(project, 'node_modules', 'node-llama-cpp'), { recursive: true, force: true })
    symlinkSync(
      resolve('node_modules/node-llama-cpp'),
      join(project, 'node_modules', 'node-llama-cpp'),
    )
    writeFileSync(join(project, 'program.ts'), program)
    writeFileSync(
      join(project, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          strict: true,
          module: 'NodeNext',
          target: 'ES2022',
          lib: ['ES2023', 'DOM'],
          types: [],
          noEmit: true,
          exactOptionalPropertyTypes: true,
        },
        files: ['program.ts'],
      }),
    )
  }, 120_000)

  it('type-checks against them, strictly', async () => {
    const { stdout } = await run(resolve('node_modules/.bin/tsc'), ['-p', '.'], {
      cwd: project,
    }).catch((error: { stdout: string }) => error)
    expect(stdout).toBe('')
  })
  for (const { line, path, missing } of nodes) {
    it.skipIf(missing)(
      `runs with them on Node ${line}, and has the nanolm command${missing ? ` [${missing}]` : ''}`,
      async () => {
        const print = async (...args: string[]) => (await run(path, args, { cwd: project })).stdout
        expect(await print('--version')).toMatch(new RegExp(`^v${line}\\.`))
        expect(await print('program.ts')).toBe('42 ok true\n')
        expect(
          await print(join(project, 'node_modules', '.bin', 'nanolm'), 'What is 12 + 30?'),
        ).toBe('42\n')
      },
    )
  }
})

const program = `
import { formats } from '@nano/chat'
import { Model, type GenerateResult } from '@nano/core'
import { laws } from '@nano/core/conformance'
import { scripted } from '@nano/core/testing'
import { openLlamaCpp } from '@nano/llama-cpp'
import { gguf } from '@nano/tiny'

const model = await openLlamaCpp({ model: gguf.Q8_0, format: formats.nemotron })
const result: GenerateResult = await model.generate({
  messages: 'What is 12 + 30?',
  sampling: { temperature: 0 },
})
await model.close()
const { text } = await new Model(scripted()).generate('hi')
console.log(result.text, text, laws.length > 30)
`
