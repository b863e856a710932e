import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const run = promisify(execFile)
/** Inside the examples, so that imports resolve as they do for a reader. */
const folder = 'examples/.snippets'
const pages = [
  'README.md',
  ...under('docs'),
  ...readdirSync('packages').map((name) => `packages/${name}/README.md`),
]
const snippets = pages.flatMap((page) =>
  [...readFileSync(page, 'utf8').matchAll(/^```ts\n([^]*?)^```$/gm)].map((match, index) => ({
    page,
    file: `${page.replaceAll(/\W/g, '-')}-${index + 1}.ts`,
    code: match[1] ?? '',
  })),
)

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder)
writeFileSync(
  join(folder, 'tsconfig.json'),
  JSON.stringify({ extends: '../../tsconfig.base.json', files: snippets.map(({ file }) => file) }),
)
for (const { file, code } of snippets) writeFileSync(join(folder, file), code)

it('every snippet of the docs type-checks', async () => {
  expect(snippets.length).toBeGreaterThan(0)
  const { stdout } = await run('tsc', ['-p', folder]).catch((error: { stdout: string }) => error)
  expect(stdout).toBe('')
})

it.each(snippets)('the snippet $file runs', async ({ file, code }) => {
  const { stdout } = await run(process.execPath, [join(folder, file)])
  // What a snippet claims to print stands behind `// →`.
  for (const [, printed = ''] of code.matchAll(/\/\/ → (.*)$/gm))
    expect(stdout).toContain(printed.trim())
})

function under(path: string): string[] {
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(path, name))
}
