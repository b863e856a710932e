import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { brought } from './cache.ts'

/** A llama-server that runs, or why there is none. */
export type Found = { readonly path: string } | { readonly missing: string }

/**
 * The one that LLAMA_SERVER names, else one on the PATH, else one that `bringLlamaServer` brought
 * before. Throws for one that is there and does not run: that is a fault, not a reason to do
 * without.
 */
export function findLlamaServer(): Found {
  const named = process.env.LLAMA_SERVER
  if (named)
    return {
      path: running(named, 'LLAMA_SERVER names it: correct that, or unset it to have one brought.'),
    }
  const installed = onPath()
  if (installed)
    return {
      path: running(
        installed,
        'It is the first on the PATH: repair that installation, or name another with LLAMA_SERVER.',
      ),
    }
  if (existsSync(brought.program))
    return {
      path: running(
        brought.program,
        `It was brought by npm run llama-server: delete ${brought.folder} and run that again.`,
      ),
    }
  return {
    missing: `no llama-server: name one with LLAMA_SERVER, put one on the PATH, or see what npm run llama-server says`,
  }
}

/** What stands in the way of its running; absent where it runs. */
export function fault(path: string): string | undefined {
  const { error, status, signal, stderr } = spawnSync(path, ['--version'], {
    encoding: 'utf8',
    timeout: 30_000,
  })
  if (status === 0) return undefined
  const [said] = (stderr ?? '').trim().split('\n').slice(-1)
  return error?.message ?? `--version ended with ${signal ?? status}${said ? `: ${said}` : ''}`
}

function running(path: string, advice: string): string {
  const wrong = fault(path)
  if (wrong !== undefined) throw new Error(`${path} does not run (${wrong}). ${advice}`)
  return path
}

function onPath(): string | undefined {
  const name = process.platform === 'win32' ? 'llama-server.exe' : 'llama-server'
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  return folders.map((folder) => resolve(join(folder, name))).find((path) => existsSync(path))
}
