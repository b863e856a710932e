import { describe, expect, it } from 'vitest'
import { findDifference } from './differences.ts'
import type { Answer } from './replies.ts'

const answer: Answer = {
  prompt: 'A short poem:',
  promptTokens: [1],
  tokens: [10, 11, 12, 2],
  text: 'A 🐝 hums',
  ends: [1, 3, 8, 8],
  logprobs: [-0.1, -0.5, -0.7, -0.2],
  secondLogprobs: [-3, -0.9, -0.7005, -2.2],
}
const reply = (text: string) => ({ text, toolCalls: [] })

describe('a reply', () => {
  it('that is the same has no difference', () => {
    expect(findDifference(answer, reply('A 🐝 hums'))).toBeUndefined()
  })

  it.each([
    ['in its second token', 'A fly', 0.4],
    ['in its third token', 'A 🐝 sings', 0.0005],
    ['because it goes on', 'A 🐝 hums.', 2],
    ['because it ends earlier', 'A 🐝', 0.0005],
  ])('that differs %s is as near as that choice was', (_where, text, gap) => {
    expect(findDifference(answer, reply(text))?.gap).toBeCloseTo(gap)
  })

  it('that is missing, or calls a tool of its own, has a large gap', () => {
    const toolCalls = [{ name: 'hum', input: {} }]
    expect(findDifference(answer, undefined)?.gap).toBeCloseTo(2.9)
    expect(findDifference(answer, { text: 'A', toolCalls })?.gap).toBe(Infinity)
  })

  it('with the call that the peer wrote as text is the same', () => {
    const text = 'Yes.\n<tool_call>\n{"name": "hum", "arguments": {"loud": true}}\n</tool_call>'
    const toolCalls = [{ name: 'hum', input: { loud: true } }]
    expect(findDifference({ ...answer, text }, { text: 'Yes.', toolCalls })).toBeUndefined()
  })

  it.each([
    '{"name": "hum", "arguments": {"loud": true}}',
    '{{"name": "hum", "arguments": {"loud": true}}}',
    '{{"name": "hum", "arguments": {"loud": true}}',
    '```json\n{\n  "name": "hum",\n  "arguments": {\n    "loud": true\n  }\n}\n```',
  ])('with the call that the peer wrote without tags is the same: %s', (text) => {
    const toolCalls = [{ name: 'hum', input: { loud: true } }]
    expect(findDifference({ ...answer, text }, { text: '', toolCalls })).toBeUndefined()
    expect(findDifference({ ...answer, text: `${text}\nhm` }, { text: '\nhm', toolCalls })).toBe(
      undefined,
    )
  })
})
