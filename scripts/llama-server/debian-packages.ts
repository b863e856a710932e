import { execFile } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { archives, distribution, type Archive, type Distribution } from './apt-archives.ts'
import { brought } from './cache.ts'
import { fault } from './find.ts'

const run = promisify(execFile)

/** Why Debian's packages cannot be had on this machine; absent where they can. */
export function unfit(): string | undefined {
  if (process.platform !== 'linux') return 'Debian has no packages for it'
  const here = thisOne()
  if (!here) return 'it is neither Debian nor Ubuntu'
  return archives(here).length > 0 ? undefined : `apt's sources name no archive of ${here.name}`
}

/**
 * Fetches Debian's packages of llama.cpp, without installing anything and without root, and gives
 * the path of its server. Throws what apt says.
 */
export async function unpackedPackages(signal: AbortSignal): Promise<string> {
  const here = thisOne()
  if (!here) throw new Error('not a Debian')
  mkdirSync(brought.folder, { recursive: true })
  const part = mkdtempSync(join(brought.folder, 'part-'))
  try {
    const [apt, root] = [join(part, 'apt'), join(part, 'root')]
    for (const path of await packages({ apt, from: here, signal }))
      await run('dpkg-deb', ['-x', path, root], { signal })
    rmSync(apt, { recursive: true })
    writeProgram(part)
    const wrong = fault(join(part, 'llama-server'))
    if (wrong !== undefined)
      throw new Error(`what ${here.name} ${here.suite} has does not run on this machine: ${wrong}`)
    if (!existsSync(brought.whole)) renameSync(part, brought.whole)
    return brought.program
  } finally {
    rmSync(part, { recursive: true, force: true })
  }
}

function thisOne(): Distribution | undefined {
  return existsSync('/etc/os-release')
    ? distribution(readFileSync('/etc/os-release', 'utf8'))
    : undefined
}

interface Wanted {
  /** A folder for its lists and its cache. */
  readonly apt: string
  readonly from: Distribution
  readonly signal: AbortSignal
}

/** The packages of llama.cpp's programs and of all they need, down to the C library. */
async function packages({ apt, from, signal }: Wanted): Promise<readonly string[]> {
  for (const folder of ['sources', 'lists/partial', 'cache/archives/partial'])
    mkdirSync(join(apt, folder), { recursive: true })
  writeFileSync(
    join(apt, 'sources', 'llama-server.sources'),
    archives(from)
      .map((archive) => stanza(archive, from))
      .join('\n'),
  )
  // Nothing is installed, as far as it knows: so it names libraries that this machine has too, in
  // versions too old.
  writeFileSync(join(apt, 'status'), '')
  const settings = join(apt, 'apt.conf')
  writeFileSync(settings, configuration(apt))
  const get = (...args: string[]) =>
    run('apt-get', ['-c', settings, '-qq', ...args], {
      signal,
      env: { ...process.env, LC_ALL: 'C' },
    })

  // A mirror that fails is a warning; whether another has the package shows next.
  const { stderr: warnings } = await get('update').catch(
    (error: { readonly stderr: string }) => error,
  )
  signal.throwIfAborted()
  await get(
    'install',
    '--yes',
    '--download-only',
    '--no-install-recommends',
    'llama.cpp-tools',
  ).catch((error: { readonly stderr?: string; readonly message: string }) => {
    signal.throwIfAborted()
    throw new Error(
      `apt-get could not fetch llama.cpp-tools of ${from.name} ${from.suite}:\n${(warnings + (error.stderr ?? error.message)).trim()}`,
    )
  })
  const kept = join(apt, 'cache', 'archives')
  return readdirSync(kept)
    .filter((name) => name.endsWith('.deb'))
    .map((name) => join(kept, name))
}

function stanza({ uri, signedBy }: Archive, { suite, components }: Distribution): string {
  return [
    'Types: deb',
    `URIs: ${uri}`,
    `Suites: ${suite}`,
    `Components: ${components}`,
    ...(signedBy === undefined ? [] : [`Signed-By: ${signedBy}`]),
    '',
  ].join('\n')
}

/**
 * The machine's own settings hold, its proxies among them, but for where things are kept. What it
 * does after an update is not for this one.
 */
function configuration(apt: string): string {
  return `
Dir::Etc::SourceList "/dev/null";
Dir::Etc::SourceParts "${apt}/sources";
Dir::State::Lists "${apt}/lists";
Dir::State::Status "${apt}/status";
Dir::Cache "${apt}/cache";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "1";
Acquire::http::Timeout "15";
Acquire::https::Timeout "15";
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Post-Invoke;
`
}

/**
 * A script that starts the server with its own C library. llama.cpp looks for the processor's code
 * in a folder under /usr, where nothing is written here, and beside the running executable. That is
 * the loader of programs, so a copy of it goes to where this code was unpacked.
 */
function writeProgram(folder: string): void {
  const files = readdirSync(join(folder, 'root'), { recursive: true, encoding: 'utf8' })
  const loader = files.find((path) => /^usr\/lib\/[^/]+\/ld-linux[^/]*\.so\.\d+$/.test(path))
  const server = files.find((path) => path === 'usr/bin/llama-server')
  if (loader === undefined || server === undefined)
    throw new Error(`the packages hold no ${loader === undefined ? 'C library' : 'llama-server'}`)
  const processor = files.find((path) => /\/libggml-cpu[^/]*\.so$/.test(path))
  const beside = join(dirname(processor ?? loader), 'loader')
  copyFileSync(join(folder, 'root', loader), join(folder, 'root', beside))
  const libraries = [dirname(loader), join(dirname(loader), 'llama')]
    .map((path) => `$here/${path}`)
    .join(':')
  writeFileSync(
    join(folder, 'llama-server'),
    `#!/bin/sh
here=$(dirname "$0")/root
exec "$here/${beside}" --library-path "${libraries}" --argv0 llama-server "$here/${server}" "$@"
`,
    { mode: 0o755 },
  )
}
