import type { Message } from '@nano/core'
import { describe, expect, it } from 'vitest'
import { type ChatFormat, formats, promptToText } from '../../src/index.ts'
import { deepseekR1Distill } from '../../src/formats/deepseek-r1-distill.ts'
import { gptOss } from '../../src/formats/gpt-oss.ts'
import { granite33 } from '../../src/formats/granite-3.3.ts'
import { nemotron3Nano } from '../../src/formats/nemotron-3-nano.ts'
import { nemotronNano2 } from '../../src/formats/nemotron-nano-2.ts'
import { phi4MiniReasoning } from '../../src/formats/phi-4-mini-reasoning.ts'
import { qwen3 } from '../../src/formats/qwen-3.ts'
import { smollm3 } from '../../src/formats/smollm-3.ts'

const conversation: Message[] = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'hi' },
  { role: 'assistant', content: 'hello', reasoning: 'past' },
  { role: 'user', content: 'bye' },
]
const text = (format: ChatFormat, reasoning: 'on' | 'off', messages = conversation) =>
  promptToText(format.render({ messages, reasoning, tools: [] }))

const chatml =
  '<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nhi<|im_end|>\n<|im_start|>' +
  'assistant\nhello<|im_end|>\n<|im_start|>user\nbye<|im_end|>\n<|im_start|>assistant\n'
const smolPrompt = (mode: string, replyStart: string) =>
  '<|im_start|>system\n## Metadata\n\nKnowledge Cutoff Date: June 2025\n' +
  `Reasoning Mode: ${mode}\n\n## Custom Instructions\n\nBe brief.\n\n<|im_end|>\n` +
  `<|im_start|>user\nhi<|im_end|>\n` +
  `<|im_start|>assistant\n${replyStart}hello<|im_end|>\n<|im_start|>user\nbye<|im_end|>\n` +
  `<|im_start|>assistant\n${replyStart}`
const nano2 =
  '<SPECIAL_10>System\nBe brief.\n<SPECIAL_11>User\nhi\n<SPECIAL_11>Assistant\nhello\n' +
  '<SPECIAL_12>\n<SPECIAL_11>User\nbye\n<SPECIAL_11>Assistant\n'
const nano3 = chatml.replace('hello', '<think></think>\nhello')
const r1 =
  '<｜begin▁of▁sentence｜><｜User｜>Be brief.\n\nhi<｜Assistant｜>hello<｜end▁of▁sentence｜>' +
  '<｜User｜>bye<｜Assistant｜><think>\n'
const phi =
  '<|system|>Your name is Phi, an AI math expert developed by Microsoft. Be brief.<|end|>' +
  '<|user|>hi<|end|><|assistant|>hello<|end|><|user|>bye<|end|><|assistant|>'
const granite = (system: string) =>
  `<|start_of_role|>system<|end_of_role|>${system}<|end_of_text|>\n<|start_of_role|>` +
  `user<|end_of_role|>hi<|end_of_text|>\n` +
  '<|start_of_role|>assistant<|end_of_role|>hello<|end_of_text|>\n<|start_of_role|>' +
  'user<|end_of_role|>bye<|end_of_text|>\n<|start_of_role|>assistant<|end_of_role|>'
const oss =
  '<|start|>system<|message|>You are ChatGPT, a large language model trained by OpenAI.\n' +
  'Knowledge cutoff: 2024-06\n\nReasoning: medium\n\n' +
  '# Valid channels: analysis, commentary, final. Channel must be included for every ' +
  'message.<|end|><|start|>developer<|message|># Instructions\n\nBe brief.<|end|>' +
  '<|start|>user<|message|>hi<|end|><|start|>assistant<|channel|>final<|message|>' +
  'hello<|end|><|start|>user<|message|>bye<|end|><|start|>assistant'

describe('writes two turns', () => {
  it.each<[format: ChatFormat, mode: 'on' | 'off', prompt: string]>([
    [qwen3, 'on', chatml],
    [qwen3, 'off', `${chatml}<think>\n\n</think>\n\n`],
    [smollm3, 'on', smolPrompt('/think', '')],
    [smollm3, 'off', smolPrompt('/no_think', '<think>\n\n</think>\n')],
    [nemotronNano2, 'on', `${nano2}<think>\n`],
    [nemotronNano2, 'off', `${nano2}<think></think>`],
    [nemotron3Nano, 'on', `${nano3}<think>\n`],
    [nemotron3Nano, 'off', `${nano3}<think></think>`],
    [deepseekR1Distill, 'on', r1],
    [phi4MiniReasoning, 'on', phi],
    [granite33, 'off', granite('Be brief.')],
    [
      granite33,
      'on',
      granite(
        'Be brief.\nWrite your thoughts between <think></think> and write your response ' +
          'between <response></response> for each user query.',
      ),
    ],
    [gptOss, 'on', oss],
  ])('$0.name with reasoning $1', (format, mode, prompt) => expect(text(format, mode)).toBe(prompt))
})

describe('goes on with a reply', () => {
  const continuedMessages = (reply: object): Message[] => [
    { role: 'user', content: 'hi' },
    { role: 'assistant', content: '', continue: true, ...reply },
  ]
  it.each<[format: ChatFormat, end: string]>([
    [qwen3, '<|im_start|>assistant\n<think>\nso\n</think>\n\nok'],
    [smollm3, '<|im_start|>assistant\n<think>\nso\n</think>\nok'],
    [nemotronNano2, '<SPECIAL_11>Assistant\n<think>\nso\n</think>\n\nok'],
    [nemotron3Nano, '<|im_start|>assistant\n<think>\nso\n</think>\nok'],
    [deepseekR1Distill, '<｜Assistant｜><think>\nso\n</think>\n\nok'],
    [phi4MiniReasoning, '<|assistant|><think>\nso\n</think>\n\nok'],
    [granite33, '<|end_of_role|><think>so</think>\n<response>ok'],
    [
      gptOss,
      '<|start|>assistant<|channel|>analysis<|message|>so<|end|><|start|>' +
        'assistant<|channel|>final<|message|>ok',
    ],
  ])('$0.name', (format, end) => {
    expect(
      text(format, 'on', continuedMessages({ content: 'ok', reasoning: 'so' })).endsWith(end),
    ).toBe(true)
    expect(
      text(format, 'on', continuedMessages({ reasoning: 'so' })).endsWith(
        end.slice(0, end.indexOf('so') + 2),
      ),
    ).toBe(true)
    expect(text(format, 'on', continuedMessages({ content: 'ok' })).endsWith('ok')).toBe(true)
    expect(text(format, 'on', continuedMessages({}))).toBe(
      text(format, 'on', [{ role: 'user', content: 'hi' }]),
    )
  })
})

describe('calls, their results and the offer', () => {
  const tools = [
    {
      name: 'add',
      description: 'Adds.',
      parameters: { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] },
    },
  ]
  const messages: Message[] = [
    { role: 'user', content: 'hi' },
    {
      role: 'assistant',
      content: 'Wait.',
      reasoning: 'need it',
      toolCalls: [
        { id: 'x', name: 'add', input: { a: 1 } },
        { id: 'y', name: 'add', input: {} },
      ],
    },
    { role: 'tool', toolCallId: 'y', output: { b: 2 } },
    { role: 'tool', toolCallId: 'x', output: 'one' },
  ]
  const renderText = (format: ChatFormat) =>
    promptToText(format.render({ messages, reasoning: 'on', tools }))
  const hermes =
    '<tool_call>\n{"name": "add", "arguments": {"a": 1}}\n</tool_call>\n<tool_call>\n' +
    '{"name": "add", "arguments": {}}\n</tool_call><|im_end|>\n' +
    '<|im_start|>user\n<tool_response>\none\n</tool_response>\n<tool_response>\n{"b": 2}\n' +
    '</tool_response><|im_end|>\n<|im_start|>assistant\n'

  it('Qwen3 keeps the thought of the running turn', () => {
    expect(renderText(qwen3)).toContain(
      `<|im_start|>assistant\n<think>\nneed it\n</think>\n\nWait.\n${hermes}`,
    )
    expect(renderText(qwen3)).toContain(
      '<tools>\n{"type": "function", "function": {"name": "add", "description": "Adds.", ' +
        '"parameters": {"type": "object", ',
    )
    expect(text(qwen3, 'on', [...messages, { role: 'user', content: 'bye' }])).not.toContain(
      'need it',
    )
  })
  it('SmolLM3 writes them as Qwen3 does', () =>
    expect(renderText(smollm3)).toContain(`<|im_start|>assistant\nWait.\n${hermes}`))
  it('Nemotron Nano 2 lists them', () => {
    expect(renderText(nemotronNano2)).toContain(
      '<AVAILABLE_TOOLS>[{"name": "add", "description": "Adds.", ',
    )
    expect(renderText(nemotronNano2)).toContain(
      '</AVAILABLE_TOOLS>\n\nIf you decide to call any tool(s), use the following format:\n' +
        '<TOOLCALL>[{"name": "tool_name1", "arguments": "tool_args1"}, {"name": ' +
        '"tool_name2", "arguments": "tool_args2"}]</TOOLCALL>\n\n' +
        'The user will execute tool-calls and return responses from tool(s) in this ' +
        'format:\n<TOOL_RESPONSE>[{"tool_response1"}, {"tool_response2"}]</TOOL_RESPONSE>\n' +
        '\n' +
        'Based on the tool responses, you can call additional tools if needed, correct ' +
        'tool calls if any errors are found, or just respond to the user.\n<SPECIAL_11>' +
        'User\n',
    )
    expect(renderText(nemotronNano2)).toContain(
      'Assistant\nWait.\n\n<TOOLCALL>[{"name": "add", "arguments": {"a": 1}}, {"name": ' +
        '"add", "arguments": {}}]</TOOLCALL>\n<SPECIAL_12>\n' +
        '<SPECIAL_11>User\n<TOOL_RESPONSE>["one", {"b": 2}]</TOOL_RESPONSE>\n<SPECIAL_11>' +
        'Assistant\n<think>\n',
    )
  })
  it('Nemotron 3 Nano writes them in XML, and keeps the thought of the running turn', () => {
    expect(renderText(nemotron3Nano)).toContain(
      '<|im_start|>system\n# Tools\n\nYou have access to the following functions:\n\n' +
        '<tools>\n<function>\n<name>add</name>\n<description>Adds.</description>\n' +
        '<parameters>' +
        '\n<parameter>\n<name>a</name>\n<type>integer</type>\n</parameter>\n<required>' +
        '["a"]</required>\n</parameters>\n</function>\n</tools>\n\n',
    )
    expect(renderText(nemotron3Nano)).toContain(
      '<|im_start|>assistant\n<think>\nneed it\n</think>\nWait.\n<tool_call>\n' +
        '<function=add>\n<parameter=a>\n1\n</parameter>\n</function>\n</tool_call>\n' +
        '<tool_call>\n<function=add>\n</function>\n</tool_call>\n<|im_end|>\n<|im_start|>' +
        'user\n<tool_response>\none\n</tool_response>\n<tool_response>\n{"b": 2}\n' +
        '</tool_response>\n<|im_end|>\n',
    )
  })
  it('gpt-oss describes them in TypeScript, and gives each a message', () => {
    expect(renderText(gptOss)).toContain(
      'namespace functions {\n\n// Adds.\ntype add = (_: {\na: number,\n}) => any;\n\n} // ' +
        'namespace functions<|end|>',
    )
    expect(renderText(gptOss)).toContain(
      '<|start|>assistant<|channel|>analysis<|message|>need it<|end|><|start|>' +
        'assistant<|channel|>commentary<|message|>Wait.<|end|>' +
        '<|start|>assistant to=functions.add<|channel|>commentary json<|message|>{"a": ' +
        '1}<|call|><|start|>assistant to=functions.add<|channel|>commentary json<|message|>' +
        '{}<|call|>' +
        '<|start|>functions.add to=assistant<|channel|>commentary<|message|>one<|end|>' +
        '<|start|>functions.add to=assistant<|channel|>commentary<|message|>{"b": 2}<|end|>' +
        '<|start|>assistant',
    )
  })
})

describe('every format', () => {
  it.each(Object.values(formats))('$name leaves past thoughts out of the history', (format) => {
    for (const mode of ['on', 'off'] as const) expect(text(format, mode)).not.toContain('past')
  })
  it.each(Object.values(formats))(
    '$name keeps what anyone types apart from its control tokens',
    (format) => {
      const plainPrompt = format.render({ messages: conversation, reasoning: 'on', tools: [] })
      const controlText = plainPrompt
        .map((segment) => ('control' in segment ? segment.control : ''))
        .join('')
      const attack = conversation.map(
        (message) => ({ ...message, content: controlText }) as Message,
      )
      for (const messages of [
        attack,
        [
          ...attack,
          {
            role: 'assistant',
            content: controlText,
            reasoning: controlText,
            continue: true,
          } as Message,
        ],
      ]) {
        const prompt = format.render({ messages, reasoning: 'on', tools: [] })
        const textSegments = prompt.filter(
          (segment) => 'text' in segment && segment.text.includes(controlText),
        )
        expect(textSegments.length).toBeGreaterThanOrEqual(conversation.length - 1)
        const countControls = (segments: typeof prompt) =>
          segments.filter((segment) => 'control' in segment).length
        if (messages === attack) expect(countControls(prompt)).toBe(countControls(plainPrompt))
      }
    },
  )
})
