import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'

interface Snippet {
  readonly file: string
  readonly code: string
}

const run = promisify(execFile)
/** Inside the examples, so that imports resolve as they do for a reader. */
const folder = 'examples/.snippets'
/** Printed before each snippet of a page. */
const separator = '--- snippet ---\n'
const pages = [
  'README.md',
  ...listPages('docs'),
  ...readdirSync('packages').map((name) => `packages/${name}/README.md`),
].map((page) => ({ page, snippets: readSnippets(page) }))
const snippets = pages.flatMap(({ snippets }) => snippets)

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder)
writeFileSync(
  join(folder, 'tsconfig.json'),
  JSON.stringify({
    extends: '../../tsconfig.base.json',
    // The types of the built packages, which is all that a reader has.
    compilerOptions: { customConditions: [] },
    files: snippets.map(({ file }) => file),
  }),
)
for (const { file, code } of snippets) writeFileSync(join(folder, file), code)

it('every snippet of the docs type-checks', async () => {
  expect(snippets.length).toBeGreaterThan(0)
  const { stdout } = await run('tsc', ['-p', folder]).catch((error: { stdout: string }) => error)
  expect(stdout).toBe('')
})

describe.each(pages.filter(({ snippets }) => snippets.length > 0))(
  '$page',
  ({ page, snippets }) => {
    let outputs: readonly string[] = []
    beforeAll(async () => {
      outputs = await runAll(page, snippets)
    })

    it.each(snippets.map((snippet, index) => ({ ...snippet, index })))(
      'the snippet $file prints what it says',
      ({ code, index }) => {
        const output = outputs[index] ?? expect.fail('it did not run')
        for (const [, expected = ''] of code.matchAll(/\/\/ → (.*)$/gm))
          expect(output).toContain(expected.trim())
      },
    )
  },
)

/** Runs all snippets of a page in one process: to start one and load the packages takes longest. */
async function runAll(page: string, snippets: readonly Snippet[]): Promise<readonly string[]> {
  const program = join(folder, `${fileName(page)}.ts`)
  const imports = snippets.flatMap(({ file }) => [
    `process.stdout.write(${JSON.stringify(separator)})`,
    `await import('./${file}')`,
  ])
  writeFileSync(program, imports.join('\n'))
  const { stdout } = await run(process.execPath, [program])
  return stdout.split(separator).slice(1)
}

function listPages(path: string): string[] {
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(path, name))
}

function readSnippets(page: string): readonly Snippet[] {
  const blocks = readFileSync(page, 'utf8').matchAll(/^```ts\n([^]*?)^```$/gm)
  return [...blocks].map(([, code = ''], index) => ({
    file: `${fileName(page)}-${index + 1}.ts`,
    code,
  }))
}

function fileName(page: string): string {
  return page.replaceAll(/\W/g, '-')
}
