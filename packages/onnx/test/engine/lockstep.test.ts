import { setTimeout } from 'node:timers/promises'
import { NanoError } from '@nano/core'
import { describe, expect, it } from 'vitest'
import { lockstep } from '../../src/engine/lockstep.ts'
import type { Next } from '../../src/decode/decoder.ts'
import type { RemoteSession } from '../../src/worker/remote-session.ts'

/** A session that takes a while for each step, and notes who took part. */
function slow(answer = (asked: Next): object => ({ token: asked.sequence })) {
  const steps: number[][] = []
  const call = async (_name: string, asked: readonly Next[]) => {
    steps.push(asked.map(({ sequence }) => sequence))
    await setTimeout(3)
    return asked.map(answer)
  }
  return { steps, next: lockstep({ call: call as unknown as RemoteSession['call'] }) }
}
const asked = (sequence: number): Next => ({ sequence, tokens: [1], are: 'sampled' })

async function reader(
  next: ReturnType<typeof slow>['next'],
  sequence: number,
  { steps, pause }: { readonly steps: number; readonly pause?: number },
): Promise<void> {
  for (let step = 0; step < steps; step++) {
    expect(await next(asked(sequence))).toEqual({ token: sequence })
    // As far as from a driver's stream to its reader and back, for each another way.
    for (let hop = 0; hop < 10 + sequence; hop++) await undefined
    if (pause !== undefined) await setTimeout(pause)
  }
}

describe('requests', () => {
  it('that read at once step together, from the first to the last', async () => {
    const { steps, next } = slow()
    await Promise.all([0, 1, 2].map((sequence) => reader(next, sequence, { steps: 5 })))
    expect(steps).toEqual(Array.from({ length: 5 }, () => [0, 1, 2]))
  })
  it('that fell out of step come together again', async () => {
    const { steps, next } = slow()
    const first = reader(next, 0, { steps: 40 })
    await setTimeout(4)
    await Promise.all([first, reader(next, 1, { steps: 3 })])
    expect(steps.filter((step) => step.length === 2)).toHaveLength(3)
  })
  it('do not wait for a slow reader', async () => {
    const { steps, next } = slow()
    const began = performance.now()
    await Promise.all([reader(next, 0, { steps: 5 }), reader(next, 1, { steps: 2, pause: 200 })])
    expect(steps.filter((step) => step.includes(0))).toHaveLength(5)
    expect(performance.now() - began).toBeGreaterThan(300)
    expect(steps.at(-1)).toEqual([1])
  })
})

it('a request that fails does so alone', async () => {
  const { next } = slow(({ sequence }) =>
    sequence === 1 ? { error: { code: 'out-of-memory', message: 'no room' } } : { token: sequence },
  )
  const [well, ill] = await Promise.allSettled([next(asked(0)), next(asked(1))])
  expect(well).toEqual({ status: 'fulfilled', value: { token: 0 } })
  expect(ill).toMatchObject({
    status: 'rejected',
    reason: { code: 'out-of-memory', message: 'no room' },
  })
})

it('a session that fails fails all, and the next step is tried', async () => {
  let failing = true
  const call = async (_name: string, asked: readonly Next[]) => {
    if (failing) throw new NanoError('internal', 'gone')
    return asked.map(({ sequence }) => ({ token: sequence }))
  }
  const next = lockstep({ call: call as unknown as RemoteSession['call'] })
  expect(
    (await Promise.allSettled([next(asked(0)), next(asked(1))])).map(({ status }) => status),
  ).toEqual(['rejected', 'rejected'])
  failing = false
  expect(await next(asked(2))).toEqual({ token: 2 })
})
