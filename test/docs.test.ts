import { execFile } from 'node:child_process'
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { standard } from '@nano/core'
import { scripted } from '@nano/core/testing'
import { beforeAll, describe, expect, it } from 'vitest'
import { sharedData } from './shared/shared-data.ts'
import { temporaryFolder } from './shared/temporary-folder.ts'

const run = promisify(execFile)
const { missing: missingTemplates } = sharedData('templates/prompts.json')

const read = (path: string) => readFileSync(path, 'utf8').replaceAll('\r\n', '\n')
/** What makes each generated page wrong. */
const wrongTexts = [
  ['contract.md', 'no increment is empty', 'every increment is empty'],
  ['capabilities.md', '✓', '–'],
  ['architecture.md', 'chat --> core', 'core --> chat'],
  ['models.md', '<function=look>', '<function=see>'],
] as const
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...listFiles('docs', '.md'),
  ...readdirSync('packages').map((name) => `packages/${name}/README.md`),
  'examples/adapter/README.md',
]

describe('the generated pages', () => {
  const docs = (...args: string[]) =>
    run(process.execPath, ['scripts/docs.mjs', ...args]).then(
      ({ stdout }) => stdout,
      ({ stdout }: { stdout: string }) => stdout,
    )
  const faultOf = (page: string) =>
    `docs/${page}.md: not what the code says; run npm run docs and read the diff\n`
  const copy = temporaryFolder()
  const names = ['contract', 'capabilities', 'architecture', 'models']
  const publishedRow = '| GLM-4.7-Flash | `enable_thinking`'

  it('fail the check where they differ from what the code says', async () => {
    cpSync('docs', copy, { recursive: true })
    for (const [page, text, wrongText] of wrongTexts) {
      const path = join(copy, page)
      expect(read(path), page).toContain(text)
      writeFileSync(path, read(path).replace(text, wrongText))
    }
    expect(await docs('--check', copy)).toBe(names.map(faultOf).join(''))
  })
  describe('written anew', () => {
    beforeAll(async () => {
      cpSync('docs', copy, { recursive: true })
      rmSync(join(copy, 'contract.md'))
      if (!missingTemplates) {
        const models = join(copy, 'models.md')
        writeFileSync(models, read(models).replace(publishedRow, '| GLM | –'))
      }
      await docs(copy)
    })

    it('are what the code says', () => {
      for (const name of names)
        expect(read(join(copy, `${name}.md`)), name).toBe(read(`docs/${name}.md`))
    })
    it.skipIf(missingTemplates)(
      `say what published templates show${missingTemplates ? ` [${missingTemplates}]` : ''}`,
      () => {
        expect(read(join(copy, 'models.md'))).toContain(publishedRow)
      },
    )
  })
})

describe.each(pages)('%s', (page) => {
  it('links only to pages and headings that exist', () => {
    const targets = [...withoutCode(page).matchAll(/\]\((?!https?:)([^)\s]*)\)/g)].map(
      (match) => match[1] ?? '',
    )
    expect(targets.filter((target) => !isReachable(page, target))).toEqual([])
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

function withoutCode(page: string): string {
  return read(page)
    .replaceAll(/^```[^]*?^```$/gm, '')
    .replaceAll(/`[^`\n]*`(?!\])/g, '')
}

/** Whether a link's file, and its heading, are there. */
function isReachable(page: string, target: string): boolean {
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

function listFiles(folder: string, end: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(end))
    .map((name) => join(folder, name))
}
