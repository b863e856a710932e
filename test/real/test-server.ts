import { conformance } from '@nano/core/conformance'
import { afterAll, describe, it } from 'vitest'
import { chaosTests } from '../shared/chaos/chaos-tests.ts'
import type { ChaosKind } from '../shared/chaos/chaos-server.ts'
import { nameTest } from './replies.ts'
import { testSwap } from './test-swap.ts'

/** Tests one kind of server with the embedded model: every law, the same replies, and chaos. */
export async function testServer(kind: ChaosKind): Promise<void> {
  if (kind.missing) return it.skip(nameTest(`${kind.name} is tested`, kind.missing), () => {})
  const server = await kind.start()
  afterAll(() => server.kill())
  for (const mode of ['completions', 'chat'] as const) {
    const open = () => kind.open({ url: server.url, mode })
    describe(mode, async () => conformance(it, open))
  }
  describe('beside the same model in process', () => testSwap(kind, server))
  describe('mistreated', () => {
    for (const { name, run } of chaosTests) it(name, () => run(kind, server))
  })
}
