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
  options: { readonly isDown?: boolean; readonly contextLength?: number } = {},
) {
  const requests: GenerateRequest[] = []
  const innerDriver = scripted({
    capabilities: { reasoning, reasoningBudget: reasoning !== 'never' },
    thought: () => ['hm, ', 'twelve ', 'and ', 'seven'],
    reply: () => ['The ', 'answer ', 'is ', 'nineteen.'],
    contextLength: options.contextLength ?? 2_000,
  })
  const driver: Driver = {
    ...innerDriver,
    async *stream(request, call) {
      requests.push(request)
      if (options.isDown) throw new NanoError('unavailable', `${reasoning} is down`)
      const mode = reasoning === 'never' ? 'off' : (request.reasoning ?? 'on')
      yield* innerDriver.stream(
        request.prompt === undefined ? { ...request, reasoning: mode } : request,
        call,
      )
    },
  }
  return { driver, requests }
}

const claims: Partial<Record<Kind, Partial<Record<Kind, Kind>>>> = {
  always: { always: 'always', optional: 'always' },
  optional: { always: 'always', optional: 'optional', never: 'never' },
  never: { optional: 'never', never: 'never' },
}

for (const firstKind of kinds) {
  for (const secondKind of kinds) {
    const claim = claims[firstKind]?.[secondKind]
    if (claim === undefined) {
      it(`fallback refuses ${firstKind} with ${secondKind} when it is made, with advice`, () => {
        expect(() => fallback(thinker(firstKind).driver, thinker(secondKind).driver)).toThrow(
          /one driver always reasons and another never.*Leave one/,
        )
      })
      continue
    }
    describe(`fallback of ${firstKind} and ${secondKind}`, async () => {
      it(`claims ${claim}, and asks the same of both`, async () => {
        const [first, second] = [thinker(firstKind, { isDown: true }), thinker(secondKind)]
        const model = new Model(fallback(first.driver, second.driver))
        expect(model.capabilities.reasoning).toBe(claim)
        const { reasoning } = await model.generate('hi')
        expect(reasoning !== '').toBe(claim !== 'never')
        for (const request of [...first.requests, ...second.requests])
          expect(
            request.reasoning === undefined ||
              request.reasoning === (claim === 'never' ? 'off' : 'on'),
          ).toBe(true)
      })
      for (const isDown of [true, false])
        await conformance(
          it,
          () =>
            new Model(fallback(thinker(firstKind, { isDown }).driver, thinker(secondKind).driver)),
        )
    })
  }
}

it('fallback refuses what one of its drivers does not claim, before it is asked', async () => {
  const alwaysThinker = thinker('always')
  await expect(
    new Model(fallback(alwaysThinker.driver, thinker('optional').driver)).generate({
      messages: 'hi',
      reasoning: 'off',
    }),
  ).rejects.toMatchObject({ code: 'unsupported' })
  expect(alwaysThinker.requests).toEqual([])
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
  const abortedDriver: Driver = {
    ...scripted(),
    async *stream(_request, { signal }) {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      throw new NanoError('unavailable', 'stopped')
    },
  }
  const nextThinker = thinker('optional')
  const both = fallback(abortedDriver, nextThinker.driver)
  await expect(new Model(both).generate('hi', { signal: AbortSignal.timeout(10) })).rejects.toThrow(
    /timeout/,
  )
  await expect(new Model(both, timeout({ first: 10 })).generate('hi')).rejects.toMatchObject({
    code: 'timeout',
  })
  await sleep(20)
  expect(nextThinker.requests).toEqual([])
})

it('fallback keeps the first error as the cause of the last, and says both', async () => {
  const failingDriver = (
    code: 'out-of-memory' | 'rate-limited' | 'unauthorized',
    retryable = false,
  ): Driver => ({
    ...scripted(),
    async *stream() {
      throw new NanoError(code, `it is ${code}`, { retryable })
    },
  })
  const error: unknown = await new Model(
    fallback(
      failingDriver('out-of-memory'),
      failingDriver('rate-limited', true),
      failingDriver('unauthorized'),
    ),
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
  const shortContext = { contextLength: 10 }
  const prompt = 'x'.repeat(30)
  const model = new Model(
    fallback(
      thinker('never', shortContext).driver,
      thinker('never', shortContext).driver,
      thinker('never').driver,
    ),
  )
  expect(model.info.contextLength).toBe(2_000)
  expect((await model.generate(prompt)).text).toContain('nineteen')
  const secondThinker = thinker('never', shortContext)
  await expect(
    new Model(fallback(thinker('never', shortContext).driver, secondThinker.driver)).generate(
      prompt,
    ),
  ).rejects.toSatisfy(
    (error) =>
      NanoError.is(error) && error.code === 'context-overflow' && error.cause === undefined,
  )
  expect(secondThinker.requests).toEqual([])
})

it.each<[what: string, makeFallback: () => unknown, message: RegExp]>([
  ['nothing', () => fallback(...([] as never as [Driver])), /Did you mean fallback\(near, far\)/],
  [
    'a list',
    () => fallback([scripted(), scripted()] as never),
    /Did you mean fallback\(\.\.\.drivers\)/,
  ],
  ['something else', () => fallback(scripted(), retry() as never), /expected drivers/],
])('fallback of %s is refused when it is made', (_what, makeFallback, message) => {
  expect(makeFallback).toThrow(TypeError)
  expect(makeFallback).toThrow(message)
})
