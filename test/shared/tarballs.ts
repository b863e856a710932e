import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const cache = resolve('node_modules/.cache/tarballs')

/**
 * Packs all packages as a release would. Gives the path of each tarball by the package's name
 * without scope. Packs again only when a build, a manifest or a model has changed.
 */
export async function packTarballs(): Promise<ReadonlyMap<string, string>> {
  const folder = join(cache, digestPackages())
  mkdirSync(cache, { recursive: true })
  if (!readdirSync(cache).includes(digestPackages())) {
    const unfinishedFolder = mkdtempSync(join(cache, 'unfinished-'))
    const pack = ['pack', '--pack-destination', unfinishedFolder]
    await run('npx', ['-y', 'pnpm@12.21.0', '-r', '--filter', './packages/*', ...pack])
    moveInto(folder, unfinishedFolder)
  }
  return new Map(
    readdirSync(folder).map((file) => [
      file.replace(/^nano-(.+)-\d+\.\d+\.\d+.*\.tgz$/, '$1'),
      join(folder, file),
    ]),
  )
}

/** Another test file may have been quicker; older tarballs go. */
function moveInto(folder: string, unfinishedFolder: string): void {
  const olderNames = readdirSync(cache).filter((name) => !name.startsWith('unfinished-'))
  try {
    renameSync(unfinishedFolder, folder)
  } catch {
    rmSync(unfinishedFolder, { recursive: true })
  }
  for (const name of olderNames)
    if (join(cache, name) !== folder) rmSync(join(cache, name), { recursive: true, force: true })
}

function digestPackages(): string {
  const hash = createHash('sha256')
  for (const name of readdirSync('packages'))
    for (const path of readdirSync(join('packages', name)).filter((path) => isPacked(path)))
      for (const file of listFiles(join('packages', name, path))) {
        const { size, mtimeMs } = statSync(file)
        hash.update(`${file} ${size} ${mtimeMs}\n`)
      }
  return hash.digest('hex').slice(0, 16)
}

function isPacked(path: string): boolean {
  return !['node_modules', 'test', 'api', 'training', 'scripts'].includes(path)
}

function listFiles(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path).flatMap((name) => listFiles(join(path, name)))
}
