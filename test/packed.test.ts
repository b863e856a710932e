import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, posix, resolve } from 'node:path'
import { checkPackage, createPackageFromTarballData, type Package } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { beforeAll, describe, expect, it } from 'vitest'
import { installConsumer, run } from './shared/consumer.ts'
import { findNode } from './shared/find-node.ts'
import { isLongRun } from './shared/long-run.ts'
import { packTarballs } from './shared/tarballs.ts'
import { temporaryFolder } from './shared/temporary-folder.ts'

const packages = readdirSync('packages')
let tarballs: ReadonlyMap<string, string>
const tarball = (name: string) => tarballs.get(name) ?? expect.fail(`${name} was not packed`)

const isScript = (path: string) => path.endsWith('.js')

/**
 * The Node of this run; in the long tests the others too that a user may have. The oldest line is
 * that of `engines`.
 */
const nodes = await Promise.all((isLongRun ? ['22', '24', '26'] : ['24']).map(findNode))

beforeAll(async () => {
  tarballs = await packTarballs()
}, 120_000)

describe.each(packages)('the tarball of %s', (name) => {
  let files: Package
  beforeAll(() => {
    files = createPackageFromTarballData(readFileSync(tarball(name)))
  })

  it('is linted as its users see it', async () => {
    const { buffer } = Uint8Array.from(readFileSync(tarball(name)))
    const { messages } = await publint({ strict: true, pack: { tarball: buffer } })
    expect(messages).toEqual([])
  })
  it.skipIf(name === 'cli')(
    `has types that resolve${name === 'cli' ? ' [a command, nothing to import]' : ''}`,
    async () => {
      const analysis = await checkPackage(files)
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
  it('starts no TypeScript file, which a bundler would look for', () => {
    for (const script of files.listFiles(`/node_modules/@nano/${name}/dist`).filter(isScript))
      expect(files.readFile(script)).not.toMatch(/new URL\(\s*["'`][^"'`]*\.ts["'`]/)
  })
  it('has source maps, and every source that they name', () => {
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
  const project = temporaryFolder()
  beforeAll(
    () =>
      installConsumer({
        folder: project,
        packages,
        files: {
          'program.ts': program,
          'tsconfig.json': JSON.stringify({
            compilerOptions: {
              strict: true,
              module: 'NodeNext',
              target: 'ES2022',
              lib: ['ES2022', 'DOM'],
              types: [],
              skipLibCheck: false,
              noEmit: true,
              exactOptionalPropertyTypes: true,
            },
            files: ['program.ts'],
          }),
        },
      }),
    120_000,
  )

  it('type-checks against them, strictly', async () => {
    expect(await run(resolve('node_modules/.bin/tsc'), ['-p', '.'], { cwd: project })).toBe('')
  })
  for (const { line, path, missing } of nodes) {
    it.skipIf(missing)(
      `runs with them on Node ${line}, and has the nanolm command${missing ? ` [${missing}]` : ''}`,
      async () => {
        const print = (...args: string[]) => run(path, args, { cwd: project })
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
