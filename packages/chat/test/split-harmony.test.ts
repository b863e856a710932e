import { expect, it } from 'vitest'
import { everySplit, joined } from '../../core/test/text/every-split.ts'
import { splitHarmony } from '../src/split-harmony.ts'

const analysis = '<|channel|>analysis<|message|>'
const final = '<|start|>assistant<|channel|>final<|message|>'

it.each<[what: string, reply: string, reasoning: string, text: string, begun?: 'reasoning' | 'text']>([
  ['a thought and an answer', `${analysis}so<|end|>${final}ok`, 'so', 'ok'],
  ['two thoughts', `${analysis}a<|end|><|start|>assistant${analysis}b<|end|>${final}ok`, 'a\n\nb', 'ok'],
  ['a preamble', `<|channel|>commentary<|message|>wait<|end|>${final}ok`, '', 'wait\n\nok'],
  ['a thought that is not closed', `${analysis}so`, 'so', ''],
  ['a thought that goes on', `so<|end|>${final}ok`, 'so', 'ok', 'reasoning'],
  ['an answer that goes on', 'ok', '', 'ok', 'text'],
  ['no header', 'ok <|x|>', '', 'ok <|x|>'],
  ['a missing end', `${analysis}so${final}ok`, 'so', 'ok'],
  ['a call', '<|channel|>commentary to=functions.a <|constrain|>json<|message|>{"b": 1}', '', '<tool_call>{"name": "a", "arguments": {"b": 1}}</tool_call>'],
  ['a call with its end', ' to=functions.a<|channel|>commentary json<|message|>{}<|call|>', '', '<tool_call>{"name": "a", "arguments": {}}</tool_call>'],
])('%s, however it is cut', (_what, reply, reasoning, text, begun) => {
  for (const pushes of everySplit(reply)) expect(joined(splitHarmony({ begun }), pushes), JSON.stringify(pushes)).toEqual({ reasoning, text, calls: [] })
})

it('half a header is dropped where the reply was cut', () => {
  const splitter = splitHarmony({})
  expect([...splitter.push(`${analysis}so<|end|><|start|>assis`), ...splitter.end(true)]).toEqual([{ type: 'reasoning', text: 'so' }])
})
