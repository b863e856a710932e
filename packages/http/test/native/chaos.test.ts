import { afterAll, describe, inject } from 'vitest'
import { chaosTests } from '../../../../test/shared/chaos/chaos-tests.ts'
import { llamaServerKind } from '../../../../test/shared/chaos/llama-server-kind.ts'
import type {} from '../../../../test/shared/llama-server.ts'
import { itWithLlamaServer } from './llama-server.ts'

const executable = inject('llamaServer')
const kind = llamaServerKind('fault' in executable ? { missing: executable.fault } : executable)
const server = kind.missing === undefined ? await kind.start() : undefined
afterAll(() => server?.kill())

// The slower ones, and those with vLLM, are in npm run test:real.
describe('a real llama-server', () => {
  for (const { name, isQuick, run } of chaosTests)
    if (isQuick)
      itWithLlamaServer(name, async () => {
        if (server) await run(kind, server)
      })
})
