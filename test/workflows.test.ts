import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { isLongRun } from './shared/long-run.ts'
import { temporaryFolder } from './shared/temporary-folder.ts'

interface Workflow {
  readonly permissions: object
  readonly jobs: Readonly<Record<string, Job>>
}

interface Job {
  readonly steps: readonly {
    readonly run?: string
    readonly with?: Readonly<Record<string, string>>
  }[]
}

const run = promisify(execFile)
const readText = (path: string) => readFileSync(path, 'utf8')
const readWorkflow = (name: string) => parse(readText(`.github/workflows/${name}`)) as Workflow

describe.each(readdirSync('.github/workflows'))('the workflow %s', (name) => {
  it('pins every action by its commit, and says the version', () => {
    for (const [line] of readText(`.github/workflows/${name}`).matchAll(/^.*\buses: .*$/gm))
      expect(line).toMatch(/uses: [\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
  })
  it('grants nothing at the top, and each job says what it needs', () => {
    const { jobs, permissions } = readWorkflow(name)
    expect(permissions).toEqual({})
    for (const job of Object.values(jobs)) {
      expect(Object.keys(job)).toEqual(
        expect.arrayContaining(['permissions', 'timeout-minutes', 'runs-on', 'steps']),
      )
      // Text of a pull request reaches a shell only as a variable.
      for (const { run = '' } of job.steps) expect(run).not.toContain('${{')
    }
  })
})

it.each([
  { changed: 'packages/core/src/model.ts', changeset: '', passes: false },
  { changed: 'packages/core/src/model.ts', changeset: '.changeset/one.md', passes: true },
  { changed: '', changeset: '', passes: true },
])(
  'a pull request that changes "$changed" with the changeset "$changeset" passes: $passes',
  async ({ changed, changeset, passes }) => {
    const job = readWorkflow('check.yml').jobs['changeset']
    const script = job?.steps.find(({ run }) => run)?.run ?? expect.fail('the job has no script')
    const git =
      'git() { case "$*" in *packages/*) printf "%s" "$CHANGED";; *) printf "%s" "$ADDED";; esac; }'
    const scriptRun = run('bash', ['-e', '-c', `${git}\n${script}`], {
      env: { ...process.env, CHANGED: changed, ADDED: changeset, BASE: 'main' },
    })
    const hasPassed = await scriptRun.then(
      () => true,
      () => false,
    )
    expect(hasPassed).toBe(passes)
  },
)

it.each(readdirSync('.changeset').filter((name) => name.endsWith('.md')))(
  'the changeset %s says one change in a sentence or two, and names packages that exist',
  (name) => {
    const [, head = '', body = ''] = readText(`.changeset/${name}`).split(/^---\n/m)
    const names = Object.keys(parse(head) as object)
    const packages = readdirSync('packages').map((folder) => `@nano/${folder}`)
    expect(names.filter((name) => !packages.includes(name))).toEqual([])
    expect(body.trim().split('\n\n')).toHaveLength(1)
    expect(body.trim().split(/\.\s/).length).toBeLessThanOrEqual(2)
  },
)

it('updates of packages and of actions come in groups', () => {
  const { updates } = parse(readText('.github/dependabot.yml')) as {
    updates: { 'package-ecosystem': string; groups: object }[]
  }
  expect(updates.map((update) => update['package-ecosystem'])).toEqual(['npm', 'github-actions'])
  for (const { groups } of updates) expect(Object.keys(groups)).toHaveLength(1)
})

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
  const becauseLong = isLongRun ? '' : ' [only in npm run test:long]'
  it.skipIf(!isLongRun)(`passes on the embedded model by default${becauseLong}`, async () => {
    const { stdout } = await run(process.execPath, ['.github/drivers/llama-cpp/check.ts'], {
      env: { ...process.env, NANO_MODEL: '' },
    })
    expect(stdout).toMatch(/a question has its answer/)
  })
})

describe('a publish', () => {
  const folder = temporaryFolder()
  const manifest = {
    license: 'MIT',
    homepage: 'https://example.com/house/nano',
    bugs: { url: 'https://example.com/house/nano/issues' },
    repository: { url: 'git+https://example.com/house/nano.git', directory: 'packages/core' },
  }
  const check = async (changes: object, contact = 'security@example.com') => {
    mkdirSync(join(folder, 'packages/core'), { recursive: true })
    writeFileSync(
      join(folder, 'packages/core/package.json'),
      JSON.stringify({ ...manifest, ...changes }),
    )
    writeFileSync(
      join(folder, 'SECURITY.md'),
      readText('SECURITY.md').replace(/^Contact: .*$/m, `Contact: ${contact}`),
    )
    const environment = { ...process.env, GITHUB_REPOSITORY: 'house/nano' }
    return run(process.execPath, ['scripts/release-check.ts', folder], { env: environment }).then(
      () => '',
      ({ stderr }: { stderr: string }) => stderr,
    )
  }

  it('goes through the release check', () => {
    const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> }
    expect(scripts['release']).toBe('node scripts/release-check.ts && changeset publish')
    const inputs = readWorkflow('release.yml').jobs['release']?.steps.map((step) => step.with)
    expect(inputs?.map((input) => input?.['publish-script']).filter(Boolean)).toEqual([
      'npm run release',
    ])
  })
  it('passes the check with a contact, a repository, an issue tracker and a homepage', async () => {
    expect(await check({})).toBe('')
    expect(await check({}, 'https://example.com/house/nano/security')).toBe('')
  })
  it.each([
    [{ license: undefined }, 'has no license'],
    [{ homepage: undefined }, 'has no homepage'],
    [{ bugs: undefined }, 'has no bugs'],
    [{ repository: undefined }, 'has no repository.url'],
    [{ repository: { url: manifest.repository.url } }, 'has no repository.directory'],
    [
      { repository: { ...manifest.repository, url: 'git+https://example.com/other/nano.git' } },
      'names the repository git+https://example.com/other/nano.git, and house/nano publishes it',
    ],
    [{ repository: { ...manifest.repository, directory: 'core' } }, 'names the directory core'],
  ])('fails with %j', async (changes, message) => {
    const output = await check(changes)
    expect(output).toContain(`packages/core/package.json ${message}`)
    expect(output).toContain('Nothing was published.')
  })
  it.each(['', 'named on publication'])('fails with the contact "%s"', async (contact) => {
    expect(await check({}, contact)).toContain('SECURITY.md has no line "Contact: "')
  })
})
