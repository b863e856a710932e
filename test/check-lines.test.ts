import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, expect, it } from 'vitest'
import { temporaryFolder } from './shared/temporary-folder.ts'

interface Case {
  readonly what: string
  readonly path: string
  readonly text: string
}

const wideText = 'x'.repeat(101)
const wideFiles: readonly Case[] = [
  'wide/src/a.ts',
  'wide/a.mjs',
  'wide/a.cjs',
  'wide/docs/a.md',
  'wide/.github/a.yml',
].map((path) => ({ what: path, path, text: `short\n${wideText}\n` }))

const faultlessFiles: readonly Case[] = [
  { what: 'a line of 100 characters', path: 'a.ts', text: '🙂'.repeat(100) },
  {
    what: 'a comment that is one link',
    path: 'link.ts',
    text: `// @see https://a.example/${wideText}`,
  },
  { what: 'code in Markdown', path: 'code.md', text: `\`\`\`ts\n${wideText}\n\`\`\`` },
  { what: 'a table', path: 'table.md', text: `| ${wideText} |` },
  {
    what: 'the target of a link',
    path: 'target.md',
    text: `See [there](https://a.example/${wideText}).`,
  },
  { what: 'a fixture', path: 'test/fixtures/a.ts', text: wideText },
  { what: 'what is built', path: 'packages/a/dist/a.mjs', text: wideText },
]

// Joined, so that this file has no fault of its own.
const britishWords: readonly Case[] = [
  'behavio_ur',
  'quantis_ation',
  'detokenis_es',
  'licen_ce',
  'Colo_urs',
  'dequantis_ers',
]
  .map((parts) => parts.replace('_', ''))
  .map((word) => ({ what: word, path: `british/${word}.md`, text: `The ${word}.\n` }))

const americanWords: readonly Case[] = [
  'behavior',
  'quantization',
  'tokenize',
  'license',
  'analysis',
  'promise',
  'exercise',
].map((word) => ({ what: word, path: `american/${word}.md`, text: `The ${word}.\n` }))

const folder = temporaryFolder()
/** What the script says of all files together. */
let findings: readonly string[]
beforeAll(async () => {
  const cases = [...wideFiles, ...faultlessFiles, ...britishWords, ...americanWords]
  for (const { path, text } of cases) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  const check = promisify(execFile)(process.execPath, ['scripts/check-lines.ts', folder])
  const { stdout } = await check.catch((error: { stdout: string }) => error)
  findings = stdout.trimEnd().split('\n')
})

const findingsOf = (path: string) => findings.filter((finding) => finding.startsWith(`${path}:`))

it.each(wideFiles)('a line of 101 columns in $what is a fault', ({ path }) => {
  expect(findingsOf(path)).toEqual([`${path}:2: 101 columns`])
})

it.each(faultlessFiles)('$what is no fault', ({ path }) => {
  expect(findingsOf(path)).toEqual([])
})

it.each(britishWords)('the spelling $what is a fault', ({ what, path }) => {
  expect(findingsOf(path)).toEqual([`${path}:1: "${what}" is British spelling`])
})

it.each(americanWords)('the spelling $what is no fault', ({ path }) => {
  expect(findingsOf(path)).toEqual([])
})
