import { expect, it } from 'vitest'
import { joinParts } from '../../../core/test/text/every-split.ts'
import { passThroughSplitter } from '../../src/reply/pass-through-splitter.ts'
import { splitDescribedCalls } from '../../src/tool-calls/split-described-calls.ts'
import { pythonCalls } from './tagged-call-splitters.ts'

const tools = [{ name: 'write', parameters: { properties: { text: { type: 'string' } } } }]

it('a long argument is not read again at every push', () => {
  const text = 'word '.repeat(50_000)
  const reply = `<|calls|>[write(text="${text}")]<|/calls|>`
  const pushes = reply.match(/[^]{1,4}/g) ?? []
  const startedAt = process.cpuUsage()
  const splitter = splitDescribedCalls(passThroughSplitter, pythonCalls, { earlierIds: [], tools })
  const { calls } = joinParts(splitter, pushes)
  const { user, system } = process.cpuUsage(startedAt)
  expect(calls).toEqual([{ type: 'tool-call', id: 'call_1', name: 'write', input: { text } }])
  // Microseconds; reading it at every push takes a minute.
  expect(user + system).toBeLessThan(5_000_000)
})
