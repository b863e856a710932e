import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { conformance } from '../src/conformance/index.ts'
import { fallback, type GenerateRequest, Model, NanoError, retry, timeout } from '../src/index.ts'
import type { Driver } from '../src/driver/index.ts'
import { scripted } from '../src/testing/index.ts'

const kinds = ['always', 'optional', 'never'] as const
type Kind = (typeof kinds)[number]

/** A driver that thinks as it claims, whatever it is asked; by default, too. */
function thinker(
  reasoning: Kind,
  more: { readonly down?: boolean; readonly contextLength?: number } = {},
) {
  const requests: GenerateRequest[] = []
  const inner = scripted({
    capabilities: { reasoning, reasoningBudget: reasoning !== 'never' },
    thought: () => ['hm, ', 'twelve ', 'and ', 'seven'],
    reply: () => ['The ', 'answer ', 'is ', 'nineteen.'],
    contextLength: more.contextLength ?? 2_000,
  })
  const driver: Driver = {
    ...inner,
    async *stream(request, call) {
      requests.push(request)
      if (more.down) throw new NanoError('unavailable', `${reasoning} is down`)
      const mode = reasoning === 'never' ? 'off' : (request.reasoning ?? 'on')
      yield* inner.stream(
        request.prompt === undefined ? { ...request, reasoning: mode } : request,
        call,
      )
    },
  }
  return { driver, asked: requests }
}

const claims: Partial<Record<Kind, Partial<Record<Kind, Kind>>>> = {
  always: { always: 'always', optional: 'always' },
  optional: { always: 'always', optional: 'optional', never: 'never' },
  never: { optional: 'never', never: 'never' },
}

for (const near of kinds) {
  for (const far of kinds) {
    const claim = claims[near]?.[far]
    if (claim === undefined) {
      it(`fallback refuses ${near} with ${far} when it is made, with advice`, () => {
        expect(() => fallback(thinker(near).driver, thinker(far).driver)).toThrow(
          /one driver always reasons and another never.*Leave one/,
        )
      })
      continue
    }
    describe(`fallback of ${near} and ${far}`, async () => {
      it(`claims ${claim}, and asks the same of both`, async () => {
        const [first, second] = [thinker(near, { down: true }), thinker(far)]
        const model = new Model(fallback(first.driver, second.driver))
        expect(model.capabilities.reasoning).toBe(claim)
        const { reasoning } = await model.generate('hi')
        expect(reasoning !== '').toBe(claim !== 'never')
        for (const request of [...first.asked, ...second.asked])
          expect(
            request.reasoning === undefined ||
              request.reasoning === (claim === 'never' ? 'off' : 'on'),
          ).toBe(true)
      })
      for (const down of [true, false])
        await conformance(
          it,
          () => new Model(fallback(thinker(near, { down }).driver, thinker(far).driver)),
        )
    })
  }
}

it('fallback refuses what one of its drivers does not claim, before it is asked', async () => {
  const always = thinker('always')
  await expect(
    new Model(fallback(always.driver, thinker('optional').driver)).generate({
      messages: 'hi',
      reasoning: 'off',
    }),
  ).rejects.toMatchObject({ code: 'unsupported' })
  expect(always.asked).toEqual([])
})

it('fallback claims no budget for a thought that never comes', async () => {
  const both = fallback(scripted({ capabilities: { reasoning: 'never' } }), scripted())
  expect(both.capabilities).toMatchObject({ reasoning: 'never', reasoningBudget: false })
  const parts = both
    .stream(
      { messages: [{ role: 'user', content: 'hi' }], logprobs: 1 },
      { signal: new AbortController().signal },
    )
    [Symbol.asyncIterator]()
  await expect(parts.next()).rejects.toMatchObject({ code: 'unsupported' })
})

it('fallback starts no other driver after an abort', async () => {
  const stopped: Driver = {
    ...scripted(),
    async *stream(_request, { signal }) {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      throw new NanoError('unavailable', 'stopped')
    },
  }
  const next = thinker('optional')
  const both = fallback(stopped, next.driver)
  await expect(new Model(both).generate('hi', { signal: AbortSignal.timeout(10) })).rejects.toThrow(
    /timeout/,
  )
  await expect(new Model(both, timeout({ first: 10 })).generate('hi')).rejects.toMatchObject({
    code: 'timeout',
  })
  await sleep(20)
  expect(next.asked).toEqual([])
})

it('fallback keeps the first error as the cause of the last, and says both', async () => {
  const failing = (
    code: 'out-of-memory' | 'rate-limited' | 'unauthorized',
    retryable = false,
  ): Driver => ({
    ...scripted(),
    async *stream() {
      throw new NanoError(code, `it is ${code}`, { retryable })
    },
  })
  const error: unknown = await new Model(
    fallback(failing('out-of-memory'), failing('rate-limited', true), failing('unauthorized')),
  )
    .generate('hi')
    .catch((error: unknown) => error)
  expect(error).toMatchObject({
    code: 'unauthorized',
    retryable: true,
    cause: { code: 'out-of-memory' },
  })
  expect(String(error)).toMatch(/it is unauthorized; before that, out-of-memory: .*rate-limited/)
})

it('fallback goes on where the context of another is longer, and only there', async () => {
  const short = { contextLength: 10 }
  const prompt = 'x'.repeat(30)
  const served = new Model(
    fallback(
      thinker('never', short).driver,
      thinker('never', short).driver,
      thinker('never').driver,
    ),
  )
  expect(served.info.contextLength).toBe(2_000)
  expect((await served.generate(prompt)).text).toContain('nineteen')
  const second = thinker('never', short)
  await expect(
    new Model(fallback(thinker('never', short).driver, second.driver)).generate(prompt),
  ).rejects.toSatisfy(
    (error) =>
      NanoError.is(error) && error.code === 'context-overflow' && error.cause === undefined,
  )
  expect(second.asked).toEqual([])
})

it.each<[what: string, make: () => unknown, message: RegExp]>([
  ['nothing', () => fallback(...([] as never as [Driver])), /Did you mean fallback\(near, far\)/],
  [
    'a list',
    () => fallback([scripted(), scripted()] as never),
    /Did you mean fallback\(\.\.\.drivers\)/,
  ],
  ['something else', () => fallback(scripted(), retry() as never), /expected drivers/],
])('fallback of %s is refused when it is made', (_what, make, message) => {
  expect(make).toThrow(TypeError)
  expect(make).toThrow(message)
})
