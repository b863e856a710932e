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
import { type Archive, archivesOf, type Distribution, parseDistribution } from './apt-archives.ts'
import { findFault } from './find.ts'
import { debianFolder } from './debian-folder.ts'

const run = promisify(execFile)

interface Download {
  /** A folder for apt's lists and cache. */
  readonly aptFolder: string
  readonly distribution: Distribution
  readonly signal: AbortSignal
}

/** Returns why this machine cannot have Debian's packages, or nothing where it can. */
export function findObstacle(): string | undefined {
  if (process.platform !== 'linux') return 'Debian has no packages for this system'
  const distribution = readDistribution()
  if (!distribution) return 'this machine runs neither Debian nor Ubuntu'
  return archivesOf(distribution).length > 0
    ? undefined
    : `apt's sources name no archive of ${distribution.name}`
}

/**
 * Fetches and unpacks Debian's packages of llama.cpp, without root and without installing anything.
 * Resolves to the path of its server. Throws what apt says.
 */
export async function unpackPackages(signal: AbortSignal): Promise<string> {
  const distribution = readDistribution()
  if (!distribution) throw new Error('this machine runs neither Debian nor Ubuntu')
  mkdirSync(debianFolder.cache, { recursive: true })
  const folder = mkdtempSync(join(debianFolder.cache, 'part-'))
  try {
    const [aptFolder, root] = [join(folder, 'apt'), join(folder, 'root')]
    for (const path of await downloadPackages({ aptFolder, distribution, signal }))
      await run('dpkg-deb', ['-x', path, root], { signal })
    rmSync(aptFolder, { recursive: true })
    writePrograms(folder)
    const fault = findFault(join(folder, 'llama-server'))
    const source = `${distribution.name} ${distribution.suite}`
    if (fault !== undefined)
      throw new Error(`the llama-server of ${source} does not run on this machine: ${fault}`)
    if (!existsSync(debianFolder.folder)) renameSync(folder, debianFolder.folder)
    return debianFolder.program
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function readDistribution(): Distribution | undefined {
  return existsSync('/etc/os-release')
    ? parseDistribution(readFileSync('/etc/os-release', 'utf8'))
    : undefined
}

/** Downloads llama.cpp's programs and all that they need, down to the C library. */
async function downloadPackages({
  aptFolder,
  distribution,
  signal,
}: Download): Promise<readonly string[]> {
  for (const folder of ['sources', 'lists/partial', 'cache/archives/partial'])
    mkdirSync(join(aptFolder, folder), { recursive: true })
  writeFileSync(
    join(aptFolder, 'sources', 'llama-server.sources'),
    archivesOf(distribution)
      .map((archive) => sourceStanza(archive, distribution))
      .join('\n'),
  )
  // With an empty status, apt also downloads the libraries that this machine has in older versions.
  writeFileSync(join(aptFolder, 'status'), '')
  const settings = join(aptFolder, 'apt.conf')
  writeFileSync(settings, aptConfiguration(aptFolder))
  const get = (...args: string[]) =>
    run('apt-get', ['-c', settings, '-qq', ...args], {
      signal,
      env: { ...process.env, LC_ALL: 'C' },
    })

  // A mirror that fails is only a warning: another may have the package.
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
    const source = `${distribution.name} ${distribution.suite}`
    const output = (warnings + (error.stderr ?? error.message)).trim()
    throw new Error(`apt-get could not fetch llama.cpp-tools of ${source}:\n${output}`)
  })
  const archives = join(aptFolder, 'cache', 'archives')
  return readdirSync(archives)
    .filter((name) => name.endsWith('.deb'))
    .map((name) => join(archives, name))
}

/** @see `man 5 sources.list`, deb822-style format */
function sourceStanza({ uri, signedBy }: Archive, { suite, components }: Distribution): string {
  return [
    'Types: deb',
    `URIs: ${uri}`,
    `Suites: ${suite}`,
    `Components: ${components}`,
    ...(signedBy === undefined ? [] : [`Signed-By: ${signedBy}`]),
    '',
  ].join('\n')
}

/** Keeps the machine's own settings, such as proxies, with other folders and no hooks. */
function aptConfiguration(folder: string): string {
  return `
Dir::Etc::SourceList "/dev/null";
Dir::Etc::SourceParts "${folder}/sources";
Dir::State::Lists "${folder}/lists";
Dir::State::Status "${folder}/status";
Dir::Cache "${folder}/cache";
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

const programs = ['llama-server', 'llama-bench']

/**
 * Writes scripts that start the programs with their own C library. llama.cpp looks for its CPU
 * backends below /usr, and beside the running executable. The running executable is the loader of
 * the C library, so a copy of the loader goes beside the backends.
 */
function writePrograms(folder: string): void {
  const files = readdirSync(join(folder, 'root'), { recursive: true, encoding: 'utf8' })
  const loader = files.find((path) => /^usr\/lib\/[^/]+\/ld-linux[^/]*\.so\.\d+$/.test(path))
  if (loader === undefined) throw new Error('the packages hold no C library')
  const backend = files.find((path) => /\/libggml-cpu[^/]*\.so$/.test(path))
  const loaderCopy = join(dirname(backend ?? loader), 'loader')
  copyFileSync(join(folder, 'root', loader), join(folder, 'root', loaderCopy))
  const libraries = [dirname(loader), join(dirname(loader), 'llama')]
    .map((path) => `$here/${path}`)
    .join(':')
  for (const name of programs) {
    const program = files.find((path) => path === `usr/bin/${name}`)
    if (program === undefined) throw new Error(`the packages hold no ${name}`)
    writeFileSync(
      join(folder, name),
      `#!/bin/sh
here=$(dirname "$0")/root
exec "$here/${loaderCopy}" --library-path "${libraries}" --argv0 ${name} "$here/${program}" "$@"
`,
      { mode: 0o755 },
    )
  }
}
