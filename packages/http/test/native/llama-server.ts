import { inject, it } from 'vitest'
import { startLlamaServer } from '../../../../scripts/llama-server/start.ts'
import type { ServerProcess } from '../../../../scripts/serve/run-server.ts'
import type {} from '../../../../test/shared/llama-server.ts'

const installation = inject('llamaServer')
if ('fault' in installation) throw new Error(installation.fault)

/** Why this machine has no llama-server; absent where it has one. */
export const missingReason =
  'missing' in installation ? installation.missing.split('\n')[0] : undefined

/** A test that needs a real llama-server; without one it is skipped, with the reason. */
export function itWithLlamaServer(name: string, run: () => Promise<void> | void): void {
  if (missingReason) it.skip(`${name} [${missingReason}]`, run)
  else it(name, run)
}

export interface RunningServer extends ServerProcess {
  /** Reads one of the server's counters, by its name without `llamacpp:`. */
  counter(name: string): Promise<number>
}

interface ServerOptions {
  readonly model: string
  readonly parallel?: number
  /** Tokens of all slots together. */
  readonly contextLength?: number
  /** Absent, any free port. */
  readonly port?: number
  /** Further arguments of the command line. */
  readonly extraArguments?: readonly string[]
}

/** Starts a real llama-server with one thread: a model this small does not gain from more. */
export async function startServer({
  model,
  parallel = 4,
  contextLength = 8_192,
  port,
  extraArguments = [],
}: ServerOptions): Promise<RunningServer> {
  if (!('path' in installation)) throw new Error(missingReason)
  const server = await startLlamaServer({
    path: installation.path,
    model,
    args: [
      ['--parallel', String(parallel)],
      ['-c', String(contextLength)],
      ['-t', '1'],
      ['--no-webui', '--metrics'],
      extraArguments,
    ].flat(),
    ...(port !== undefined && { port }),
  })
  return {
    ...server,
    async counter(name) {
      const metrics = await (await fetch(`${server.url}/metrics`)).text()
      return Number(new RegExp(`^llamacpp:${name} (\\S+)`, 'm').exec(metrics)?.[1])
    },
  }
}
