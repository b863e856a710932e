import { inject, it } from 'vitest'
import type {} from '../../../../test/shared/llama-server.ts'
import { type LlamaServer, startLlamaServer } from '../../../../scripts/llama-server/start.ts'

const found = inject('llamaServer')
if ('fault' in found) throw new Error(found.fault)

/** Why there is no llama-server here; absent where there is one. */
export const missingReason = 'missing' in found ? found.missing.split('\n')[0] : undefined

/** A test that needs one; it is skipped where there is none, and says why. */
export function itWithLlamaServer(name: string, run: () => Promise<void> | void): void {
  if (missingReason) it.skip(`${name} [${missingReason}]`, run)
  else it(name, run)
}

export interface RunningServer extends LlamaServer {
  /** One of its counters, by its name without `llamacpp:`. */
  counter(name: string): Promise<number>
}

interface ServerOptions {
  readonly model: string
  readonly parallel?: number
  /** Tokens for all slots together. */
  readonly contextLength?: number
  /** Absent, a free one. */
  readonly port?: number
  readonly more?: readonly string[]
}

/** A real llama-server, ready to answer. One thread: a model this small gains nothing from more. */
export async function startServer({
  model,
  parallel = 4,
  contextLength = 8_192,
  port,
  more = [],
}: ServerOptions): Promise<RunningServer> {
  if (!('path' in found)) throw new Error(missingReason)
  const args = [
    '--parallel',
    String(parallel),
    '-c',
    String(contextLength),
    '-t',
    '1',
    '--no-webui',
    '--metrics',
    ...more,
  ]
  const server = await startLlamaServer({
    path: found.path,
    model,
    args,
    ...(port !== undefined && { port }),
  })
  return {
    ...server,
    async counter(name) {
      const text = await (await fetch(`${server.url}/metrics`)).text()
      return Number(new RegExp(`^llamacpp:${name} (\\S+)`, 'm').exec(text)?.[1])
    },
  }
}
