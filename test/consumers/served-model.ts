import { gguf } from '@nano/tiny'
import { afterAll, beforeAll, describe, inject } from 'vitest'
import { startLlamaServer } from '../../scripts/llama-server/start.ts'
import type { ServerProcess } from '../../scripts/serve/run-server.ts'
import type {} from '../shared/llama-server.ts'

const llamaServer = inject('llamaServer')
if ('fault' in llamaServer) throw new Error(llamaServer.fault)

/** Why there is no llama-server to ask. */
export const noServer = 'missing' in llamaServer ? llamaServer.missing.split('\n')[0] : undefined

/** Starts a llama-server with the embedded model. */
export function serveEmbeddedModel(): Promise<ServerProcess> {
  if (!('path' in llamaServer)) throw new Error(noServer)
  const args = ['--parallel', '2', '-c', '4096', '-t', '1']
  return startLlamaServer({ path: llamaServer.path, model: gguf.F16, args })
}

/** Registers tests that need a llama-server with the embedded model, which runs while they do. */
export function describeWithServer(registerTests: (serverUrl: () => string) => void): void {
  describe.skipIf(noServer)(noServer ? `[${noServer}]` : 'in front of llama-server', () => {
    let server: ServerProcess
    beforeAll(async () => {
      server = await serveEmbeddedModel()
    })
    afterAll(() => server?.close())
    registerTests(() => server.url)
  })
}
