import { describe } from 'vitest'
import { testServer } from './test-server.ts'
import { vllmKind } from './vllm-kind.ts'

describe('vLLM', () => testServer(vllmKind))
