import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { installFromNpm, writeFiles } from './consumer.ts'

export interface NpmTool {
  /** Of the program. */
  readonly path: string
  /** Why there is none; then `path` is empty. */
  readonly missing?: string
}

export interface NpmToolOptions {
  readonly name: string
  readonly version: string
  /** Where the program is, below node_modules; `*` stands for the platform's own package. */
  readonly program: string
}

const cache = resolve('node_modules/.cache/tools')

/**
 * A program from npm, which is kept for the next run. Install scripts are not run: the program
 * itself has to be in the package, or in one for this platform that comes with it.
 */
export async function npmTool({ name, version, program }: NpmToolOptions): Promise<NpmTool> {
  const folder = join(cache, `${name.replace('/', '+')}@${version}`)
  try {
    if (!existsSync(folder)) await install(name, version, folder)
  } catch (error) {
    return { path: '', missing: `npm cannot install ${name}@${version} here: ${firstLine(error)}` }
  }
  const path = findProgram(join(folder, 'node_modules'), program)
  if (path !== undefined) return { path }
  return { path: '', missing: `${name}@${version} has no program for this platform` }
}

async function install(name: string, version: string, folder: string): Promise<void> {
  mkdirSync(cache, { recursive: true })
  const unfinishedFolder = mkdtempSync(join(cache, 'unfinished-'))
  try {
    const manifest = { private: true, dependencies: { [name]: version } }
    writeFiles(unfinishedFolder, { 'package.json': JSON.stringify(manifest) })
    await installFromNpm(unfinishedFolder)
    renameSync(unfinishedFolder, folder)
  } catch (error) {
    rmSync(unfinishedFolder, { recursive: true, force: true })
    // Another test file may have been quicker.
    if (!existsSync(folder)) throw error
  }
}

function findProgram(folder: string, program: string): string | undefined {
  const [scope = '', after = ''] = program.split('/*/')
  const candidates =
    after === ''
      ? [join(folder, program)]
      : existsSync(join(folder, scope))
        ? readdirSync(join(folder, scope)).map((name) => join(folder, scope, name, after))
        : []
  return candidates.find((path) => existsSync(path) || existsSync(`${path}.exe`))
}

function firstLine(error: unknown): string {
  const lines = String(error).split('\n')
  return lines.find((line) => line.includes('npm error')) ?? lines[0] ?? ''
}
