import { execFile } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { standard } from '@nano/core'
import { scripted } from '@nano/core/testing'
import { afterAll, describe, expect, it } from 'vitest'
import { type MarkovOptions, openMarkov } from '../examples/adapter/src/index.ts'

const run = promisify(execFile)
const copy = mkdtempSync(join(tmpdir(), 'nano-docs-'))
afterAll(() => rmSync(copy, { recursive: true }))

const read = (path: string) => readFileSync(path, 'utf8').replaceAll('\r\n', '\n')
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...under('docs', '.md'),
  ...readdirSync('packages').map((name) => `packages/${name}/README.md`),
  'examples/adapter/README.md',
]

describe('the generated pages', () => {
  const docs = (...args: string[]) =>
    run(process.execPath, ['scripts/docs.mjs', ...args]).then(
      ({ stdout }) => stdout,
      ({ stdout }: { stdout: string }) => stdout,
    )
  const fresh = join(copy, 'fresh')

  it('are what the code says', async () => {
    expect(await docs('--check')).toBe('')
  })
  it('are written where they are not', async () => {
    cpSync('docs', fresh, { recursive: true })
    rmSync(join(fresh, 'contract.md'))
    await docs(fresh)
    expect(read(join(fresh, 'contract.md'))).toMatch(/^# The contract\n/)
  })
  it.each([
    ['contract.md', 'no increment is empty', 'every increment is empty'],
    ['capabilities.md', '✓', '–'],
    ['architecture.md', 'chat --> core', 'core --> chat'],
  ])('fail the check when docs/%s says something else', async (page, said, instead) => {
    const folder = join(copy, page)
    cpSync(fresh, folder, { recursive: true })
    writeFileSync(join(folder, page), read(join(folder, page)).replace(said, instead))
    expect(await docs('--check', folder)).toBe(
      `docs/${page}: not what the code says; run npm run docs and read the diff\n`,
    )
  })
})

describe.each(pages)('%s', (page) => {
  it('leads nowhere that is not there', () => {
    const targets = [...prose(page).matchAll(/\]\((?!https?:)([^)\s]*)\)/g)].map(
      (match) => match[1] ?? '',
    )
    expect(targets.filter((target) => !leads(page, target))).toEqual([])
  })
  it('cuts its snippets from the files they name', () => {
    for (const [, file = '', code = ''] of read(page).matchAll(/^```ts file=(\S+)\n([^]*?)^```$/gm))
      expect(read(file)).toContain(code)
  })
})

it('the page of the architecture gives the order that standard() has', () => {
  const { name } = standard({
    defaults: {},
    contextWindow: {},
    structured: {},
    cache: new Map() as never,
    retry: {},
    limit: 1,
    timeout: { total: 1 },
  })(scripted())
  const order = name.match(/[a-z]\w+/gi)?.filter((word) => word !== 'scripted') ?? []
  expect(order.length).toBeGreaterThan(6)
  for (const line of read('docs/architecture.md').match(/.*trace ▸.*/g) ?? [])
    expect(
      line
        .match(/\w+(?= ▸)|(?<=▸ )\w+/g)
        ?.filter((word, index, all) => all.indexOf(word) === index),
    ).toEqual(['trace', ...order.filter((word) => word !== 'trace')])
})

describe('the adapter of the guide', () => {
  it('goes on as it has learned', async () => {
    const model = await openMarkov({ text: 'No.' })
    expect(await model.generate('Well?')).toMatchObject({ text: 'No.', finishReason: 'stop' })
    expect(await model.tokenize('<|im_end|>')).toHaveLength(10)
  })
  it('refuses to learn from nothing', async () => {
    const nothing: MarkovOptions = { text: '\n' }
    await expect(openMarkov(nothing)).rejects.toMatchObject({ code: 'bad-model' })
  })
})

/** The page without its code. */
function prose(page: string): string {
  return read(page)
    .replaceAll(/^```[^]*?^```$/gm, '')
    .replaceAll(/`[^`\n]*`(?!\])/g, '')
}

function leads(page: string, target: string): boolean {
  const [path = '', anchor] = target.split('#')
  const file = path === '' ? page : resolve(dirname(page), path)
  if (!existsSync(file)) return false
  return (
    anchor === undefined ||
    [...read(file).matchAll(/^#+ (.*)$/gm)].some(
      ([, heading = '']) =>
        heading
          .toLowerCase()
          .replaceAll(/[^\w -]/g, '')
          .replaceAll(' ', '-') === anchor,
    )
  )
}

function under(folder: string, end: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(end))
    .map((name) => join(folder, name))
}
