import { NanoError } from '@nano/core'
import { expect, it } from 'vitest'
import { json } from '../fake-server.ts'
import { openModel, startChatServer } from '../open-model.ts'

async function retryAfterOf(
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<number | undefined> {
  const server = await startChatServer(json({ error: { message } }, status, headers))
  const model = await openModel({ url: server.url })
  const error: unknown = await model.generate('hello').catch((error: unknown) => error)
  return NanoError.is(error) ? error.retryAfter : expect.fail('generate did not reject')
}

it('an error carries the time after which the server accepts a retry', async () => {
  const message = 'slow down'
  expect(await retryAfterOf(429, message, { 'retry-after': '7' })).toBe(7_000)
  expect(await retryAfterOf(429, message, { 'retry-after-ms': '250', 'retry-after': '7' })).toBe(
    250,
  )
  const date = new Date(Date.now() + 60_000).toUTCString()
  expect(await retryAfterOf(503, message, { 'retry-after': date })).toBeGreaterThan(50_000)
  expect(await retryAfterOf(429, message, { 'retry-after': 'soon' })).toBeUndefined()
  expect(await retryAfterOf(429, message)).toBeUndefined()
})

it('a rate limit of a Google service says the time in a field of its own', async () => {
  const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '21s' }]
  const error = { code: 429, message: 'Slow down', status: 'RESOURCE_EXHAUSTED', details }
  const server = await startChatServer(json([{ error }], 429))
  const model = await openModel({ url: server.url })
  await expect(model.generate('hello')).rejects.toMatchObject({
    code: 'rate-limited',
    retryAfter: 21_000,
  })
})

it.each([
  ['try again in 2s', 2_000],
  ['Please retry in 34.07s.', 34_070],
  ['try again in 86ms', 86],
  ['Try again in 5 seconds', 5_000],
  ['try again in 1m2.5s', 62_500],
  ['try again in 2h3m', 7_380_000],
  ['please retry after 26 seconds', 26_000],
  ['try again later', undefined],
])('a rate limit that says the time in words carries it: %s', async (timeText, retryAfter) => {
  expect(await retryAfterOf(429, `Slow down, ${timeText}`)).toBe(retryAfter)
})
