import { conformance } from '@nano/core/conformance'
import { gguf } from '@nano/tiny'
import { afterAll, describe, it } from 'vitest'
import { openHttp } from '../src/index.ts'
import { itWithLlamaServer, missingReason, startServer } from './native/llama-server.ts'

const server = missingReason === undefined ? await startServer({ model: gguf.F16 }) : undefined
afterAll(() => server?.close())
describe.each(['completions', 'chat'] as const)('%s of a real llama-server', async (mode) =>
  server
    ? conformance(it, () => openHttp({ url: server.url, mode }))
    : itWithLlamaServer('every law is kept', () => {}),
)
