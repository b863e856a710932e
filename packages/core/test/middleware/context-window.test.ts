import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { contextWindow, type Message, Model } from '../../src/index.ts'
import type { Driver } from '../../src/driver/index.ts'
import { scripted } from '../../src/testing/index.ts'

it('contextWindow drops turns together that a call and its result span', async () => {
  const asked: (readonly Message[])[] = []
  const inner = scripted({ contextLength: 120 })
  const driver: Driver = {
    ...inner,
    stream: (request, call) => {
      asked.push(request.messages)
      return inner.stream(request, call)
    },
  }
  const messages: Message[] = [
    { role: 'user', content: 'x'.repeat(60) },
    { role: 'assistant', content: '', toolCalls: [{ id: 'a', name: 'f', input: {} }] },
    { role: 'user', content: 'and?' },
    { role: 'tool', toolCallId: 'a', output: 1 },
    { role: 'user', content: 'new' },
  ]
  await new Model(driver, contextWindow({ reserve: 80 })).generate({ messages })
  expect(asked).toEqual([[{ role: 'user', content: 'new' }]])
})

it.each<[what: string, messages: Message[], says: RegExp]>([
  [
    'the system message',
    [
      { role: 'system', content: 's'.repeat(90) },
      { role: 'user', content: 'hi' },
    ],
    /system message, which takes 91.*Shorten the system message/,
  ],
  [
    'the last turn',
    [
      { role: 'system', content: 's' },
      { role: 'user', content: 'h'.repeat(90) },
    ],
    /last turn alone has 93.*Shorten that turn/,
  ],
])('contextWindow says that it is %s that is too long', async (_what, messages, says) => {
  await expect(
    new Model(scripted({ contextLength: 100 }), contextWindow()).generate({ messages }),
  ).rejects.toMatchObject({ code: 'context-overflow', message: expect.stringMatching(says) })
})

it.each(['an abort', 'a close'])('contextWindow hears %s while its driver counts', async (what) => {
  const model = new Model({ ...scripted(), countTokens: () => sleep(2_000, 5) }, contextWindow())
  const abort = new AbortController()
  const reply = model.generate('hi', { signal: abort.signal }).catch((error: unknown) => error)
  await sleep(10)
  const start = performance.now()
  if (what === 'a close') await model.close()
  else abort.abort('enough')
  expect(await reply).toEqual(
    what === 'a close' ? expect.objectContaining({ code: 'closed' }) : 'enough',
  )
  expect(performance.now() - start).toBeLessThan(1_000)
})

it('contextWindow lets what its listener throws through', async () => {
  const onDrop = () => {
    throw new RangeError('not listening')
  }
  const messages: Message[] = [
    { role: 'user', content: 'x'.repeat(40) },
    { role: 'user', content: 'y' },
  ]
  await expect(
    new Model(scripted({ contextLength: 60 }), contextWindow({ reserve: 20, onDrop })).generate({
      messages,
    }),
  ).rejects.toThrow(new RangeError('not listening'))
})
