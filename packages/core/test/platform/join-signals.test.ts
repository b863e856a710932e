import { getEventListeners } from 'node:events'
import { joinSignals } from '@nano/core/driver'
import { expect, it } from 'vitest'

it('aborts with the reason of the source that aborts first', () => {
  const [first, second] = [new AbortController(), new AbortController()]
  const { signal } = joinSignals(first.signal, second.signal)
  expect(signal.aborted).toBe(false)
  second.abort('second')
  first.abort('first')
  expect(signal.reason).toBe('second')
})

it('is aborted from the start where a source is', () => {
  const { signal } = joinSignals(new AbortController().signal, AbortSignal.abort('before'))
  expect(signal.reason).toBe('before')
})

it('leaves no listener on its sources once it is released or aborted', () => {
  const [first, second] = [new AbortController(), new AbortController()]
  const listeners = () =>
    [first, second].flatMap(({ signal }) => getEventListeners(signal, 'abort'))
  const { signal, release } = joinSignals(first.signal, second.signal)
  expect(listeners()).toHaveLength(2)
  release()
  expect(listeners()).toHaveLength(0)
  first.abort()
  expect(signal.aborted).toBe(false)

  joinSignals(new AbortController().signal, second.signal)
  second.abort()
  expect(listeners()).toHaveLength(0)
})
