import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { debianFolder } from './debian-folder.ts'

/** The path of a llama-server that runs, or why there is none. */
export type FoundServer = { readonly path: string } | { readonly missing: string }

/**
 * Finds the llama-server that LLAMA_SERVER names, else one on the PATH, else one that was unpacked
 * before. Throws for one that is there and does not run: that needs a repair.
 */
export function findLlamaServer(): FoundServer {
  const namedPath = process.env.LLAMA_SERVER
  if (namedPath)
    return {
      path: assertRuns(namedPath, 'LLAMA_SERVER names it: correct or unset that variable.'),
    }
  const installedPath = findOnPath()
  if (installedPath)
    return {
      path: assertRuns(
        installedPath,
        'It is the first on the PATH: repair that installation, or name another with LLAMA_SERVER.',
      ),
    }
  if (existsSync(debianFolder.program))
    return {
      path: assertRuns(
        debianFolder.program,
        `npm run llama-server fetched it: delete ${debianFolder.cache} and run that again.`,
      ),
    }
  const advice =
    'name one with LLAMA_SERVER, put one on the PATH, or see what npm run llama-server says'
  return { missing: `no llama-server: ${advice}` }
}

/** Returns why a llama-server does not run, or nothing where it runs. */
export function findFault(path: string): string | undefined {
  const { error, status, signal, stderr } = spawnSync(path, ['--version'], {
    encoding: 'utf8',
    timeout: 30_000,
  })
  if (status === 0) return undefined
  const [lastLine] = (stderr ?? '').trim().split('\n').slice(-1)
  if (error) return error.message
  return `--version ended with ${signal ?? status}${lastLine ? `: ${lastLine}` : ''}`
}

function assertRuns(path: string, advice: string): string {
  const fault = findFault(path)
  if (fault !== undefined) throw new Error(`${path} does not run (${fault}). ${advice}`)
  return path
}

function findOnPath(): string | undefined {
  const name = process.platform === 'win32' ? 'llama-server.exe' : 'llama-server'
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  return folders.map((folder) => resolve(join(folder, name))).find((path) => existsSync(path))
}
