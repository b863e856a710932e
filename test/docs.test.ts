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
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { standard } from '@nano/core'
import { scripted } from '@nano/core/testing'
import { afterAll, describe, expect, it } from 'vitest'
import { type MarkovOptions, openMarkov } from '../examples/adapter/src/index.ts'
import '../examples/adapter/test/conformance.test.ts'

interface Workflow {
  readonly permissions: object
  readonly jobs: Readonly<Record<string, { readonly steps: readonly { readonly run?: string }[] }>>
}

const run = promisify(execFile)
const copy = mkdtempSync(join(tmpdir(), 'nano-docs-'))
afterAll(() => rmSync(copy, { recursive: true }))

const read = (path: string) => readFileSync(path, 'utf8').replaceAll('\r\n', '\n')
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...under('docs', '.md'),
  ...readdirSync('packages').map((name) => `packages/${name}/README.md`),
  'examples/adapter/README.md',
]
const workflows = under('.github', '.yml')
const workflow = yaml()

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

describe.each(workflows)('%s', (path) => {
  const text = read(path)

  it('pins every action by its commit, and says the version', () => {
    for (const [line] of text.matchAll(/^.*\buses: .*$/gm))
      expect(line).toMatch(/uses: [\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
  })
  it.skipIf(!workflow)(
    `is a workflow that grants nothing at the top${workflow ? '' : ' [no yaml package here]'}`,
    () => {
      const { jobs, permissions } = workflow!(text) as Workflow
      expect(permissions).toEqual({})
      for (const job of Object.values(jobs)) {
        expect(Object.keys(job)).toEqual(
          expect.arrayContaining(['permissions', 'timeout-minutes', 'runs-on', 'steps']),
        )
        // What a pull request says reaches a shell only as a variable.
        for (const { run = '' } of job.steps) expect(run).not.toContain('${{')
      }
    },
  )
})

it.skipIf(!workflow).for([
  { changed: 'packages/core/src/model.ts', said: '', passes: false },
  { changed: 'packages/core/src/model.ts', said: '.changeset/one.md', passes: true },
  { changed: '', said: '', passes: true },
])(
  `a pull request that changes "$changed" and says "$said" passes: $passes${workflow ? '' : ' [no yaml package here]'}`,
  async ({ changed, said, passes }) => {
    const { changeset } = (workflow!(read('.github/workflows/check.yml')) as Workflow).jobs
    const script =
      changeset?.steps.find(({ run }) => run)?.run ?? expect.fail('the job has no script')
    const git =
      'git() { case "$*" in *packages/*) printf "%s" "$CHANGED";; *) printf "%s" "$SAID";; esac; }'
    const job = run('bash', ['-e', '-c', `${git}\n${script}`], {
      env: { ...process.env, CHANGED: changed, SAID: said, BASE: 'main' },
    })
    await expect(
      job.then(
        () => true,
        () => false,
      ),
    ).resolves.toBe(passes)
  },
)

describe('the nightly run', () => {
  it('is planned from the folders of drivers, each with a script', async () => {
    const { stdout } = await run(process.execPath, ['.github/plan-drivers.mjs'])
    const { include } = JSON.parse(stdout.replace(/^matrix=/, '')) as {
      include: { driver: string; runner: string; minutes: number; model: string }[]
    }
    expect(include).toContainEqual({
      driver: 'llama-cpp',
      runner: 'ubuntu-latest',
      minutes: 240,
      model: 'LIVE_LLAMA_CPP_MODEL',
    })
    expect(include.map(({ driver }) => driver)).toEqual(readdirSync('.github/drivers').toSorted())
    for (const { driver } of include)
      expect(existsSync(`.github/drivers/${driver}/check.ts`), driver).toBe(true)
  })
  it('holds on the embedded model, where no other is named', async () => {
    const { stdout } = await run(process.execPath, ['.github/drivers/llama-cpp/check.ts'], {
      env: { ...process.env, NANO_MODEL: '' },
    })
    expect(stdout).toMatch(/a question has its answer/)
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

/** The parser that vite brings; not a dependency of ours, so it may be absent. */
function yaml(): ((text: string) => unknown) | undefined {
  try {
    const vitest = createRequire(import.meta.url).resolve('vitest/package.json')
    return (
      createRequire(createRequire(vitest).resolve('vite/package.json'))('yaml') as {
        parse: (text: string) => unknown
      }
    ).parse
  } catch {
    return undefined
  }
}
