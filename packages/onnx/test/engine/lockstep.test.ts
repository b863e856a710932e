import { setTimeout } from 'node:timers/promises'
import { NanoError } from '@nano/core'
import { describe, expect, it } from 'vitest'
import type { StepRequest } from '../../src/decode/step-request.ts'
import { lockstep } from '../../src/engine/lockstep.ts'
import type { RemoteSession } from '../../src/worker/remote-session.ts'

const sampleFrom = (call: unknown) => lockstep({ call: call as RemoteSession['call'] })
const createRequest = (sequence: number): StepRequest => ({
  sequence,
  tokens: [1],
  origin: 'sampled',
})

/** A session whose steps take 3 ms; `steps` says who took part in each. */
function slowSession(answer = ({ sequence }: StepRequest): object => ({ token: sequence })) {
  const steps: number[][] = []
  const sampleNext = sampleFrom(async (_call: string, requests: readonly StepRequest[]) => {
    steps.push(requests.map(({ sequence }) => sequence))
    await setTimeout(3)
    return requests.map(answer)
  })
  return { steps, sampleNext }
}

interface Reader {
  readonly sequence: number
  readonly steps: number
  /** Milliseconds between two steps. */
  readonly pause?: number
}

async function readSteps(
  sampleNext: ReturnType<typeof slowSession>['sampleNext'],
  { sequence, steps, pause }: Reader,
): Promise<void> {
  for (let step = 0; step < steps; step++) {
    expect(await sampleNext(createRequest(sequence))).toEqual({ token: sequence })
    // About as many microtasks as from a driver's stream to its reader and back.
    for (let hop = 0; hop < 10 + sequence; hop++) await undefined
    if (pause !== undefined) await setTimeout(pause)
  }
}

describe('requests', () => {
  it('that start at once step together from the first to the last token', async () => {
    const { steps, sampleNext } = slowSession()
    await Promise.all([0, 1, 2].map((sequence) => readSteps(sampleNext, { sequence, steps: 5 })))
    expect(steps).toEqual(Array.from({ length: 5 }, () => [0, 1, 2]))
  })
  it('that start at different times come to step together', async () => {
    const { steps, sampleNext } = slowSession()
    const firstReader = readSteps(sampleNext, { sequence: 0, steps: 40 })
    await setTimeout(4)
    await Promise.all([firstReader, readSteps(sampleNext, { sequence: 1, steps: 3 })])
    expect(steps.filter((step) => step.length === 2)).toHaveLength(3)
  })
  it('do not wait for a slow reader', async () => {
    const { steps, sampleNext } = slowSession()
    const startedAt = performance.now()
    await Promise.all([
      readSteps(sampleNext, { sequence: 0, steps: 5 }),
      readSteps(sampleNext, { sequence: 1, steps: 2, pause: 200 }),
    ])
    expect(steps.filter((step) => step.includes(0))).toHaveLength(5)
    expect(performance.now() - startedAt).toBeGreaterThan(300)
    expect(steps.at(-1)).toEqual([1])
  })
})

it('the error of one sequence rejects its request alone', async () => {
  const { sampleNext } = slowSession(({ sequence }) =>
    sequence === 1 ? { error: { code: 'out-of-memory', message: 'no room' } } : { token: sequence },
  )
  const [first, second] = await Promise.allSettled([
    sampleNext(createRequest(0)),
    sampleNext(createRequest(1)),
  ])
  expect(first).toEqual({ status: 'fulfilled', value: { token: 0 } })
  expect(second).toMatchObject({
    status: 'rejected',
    reason: { code: 'out-of-memory', message: 'no room' },
  })
})

it('a failed call rejects all requests of the step, and the next step is tried', async () => {
  let isFailing = true
  const sampleNext = sampleFrom(async (_call: string, requests: readonly StepRequest[]) => {
    if (isFailing) throw new NanoError('internal', 'gone')
    return requests.map(({ sequence }) => ({ token: sequence }))
  })
  const results = await Promise.allSettled(
    [0, 1].map((sequence) => sampleNext(createRequest(sequence))),
  )
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  isFailing = false
  expect(await sampleNext(createRequest(2))).toEqual({ token: 2 })
})
