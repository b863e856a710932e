import { describe } from 'vitest'
import { bringLlamaServer } from '../../scripts/llama-server/bring.ts'
import { llamaServerKind } from '../shared/chaos/llama-server-kind.ts'
import { testServer } from './test-server.ts'

const executable = await bringLlamaServer({ timeout: 120_000, retryAfter: 3_600_000 })
describe('llama-server', () => testServer(llamaServerKind(executable)))
