import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { temporaryFolder } from './shared/temporary-folder.ts'

const run = promisify(execFile)
const folder = temporaryFolder()
const wideText = 'x'.repeat(101)

async function check(path: string, text: string): Promise<string> {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
  const { stdout } = await run(process.execPath, ['scripts/check-lines.ts', folder]).catch(
    (error: { stdout: string }) => error,
  )
  writeFileSync(join(folder, path), '')
  return stdout
}

it.each(['src/a.ts', 'a.mjs', 'a.cjs', 'docs/a.md', '.github/a.yml'])(
  'a line of 101 columns in %s is a fault',
  async (path) => {
    expect(await check(path, `short\n${wideText}\n`)).toBe(`${path}:2: 101 columns\n`)
  },
)

it.each([
  { what: 'a line of 100 characters', path: 'a.ts', text: '🙂'.repeat(100) },
  {
    what: 'a comment that is one link',
    path: 'a.ts',
    text: `// @see https://a.example/${wideText}`,
  },
  { what: 'code in Markdown', path: 'a.md', text: `\`\`\`ts\n${wideText}\n\`\`\`` },
  { what: 'a table', path: 'a.md', text: `| ${wideText} |` },
  {
    what: 'the target of a link',
    path: 'a.md',
    text: `See [there](https://a.example/${wideText}).`,
  },
  { what: 'a fixture', path: 'test/fixtures/a.ts', text: wideText },
  { what: 'what is built', path: 'packages/a/dist/a.mjs', text: wideText },
])('$what is no fault', async ({ path, text }) => {
  expect(await check(path, text)).toBe('')
})

// Joined, so that this file has no fault of its own.
it.each(['behavio_ur', 'quantis_ation', 'detokenis_es', 'licen_ce', 'Colo_urs', 'dequantis_ers'])(
  'the spelling %s is a fault',
  async (parts) => {
    const word = parts.replace('_', '')
    expect(await check('a.md', `The ${word}.\n`)).toBe(`a.md:1: "${word}" is British spelling\n`)
  },
)

it.each(['behavior', 'quantization', 'tokenize', 'license', 'analysis', 'promise', 'exercise'])(
  'the spelling %s is no fault',
  async (word) => {
    expect(await check('a.md', `The ${word}.\n`)).toBe('')
  },
)
