import { expect, it } from 'vitest'
import { detectFamily } from '../../src/index.ts'

it.each<
  [what: string, description: Parameters<typeof detectFamily>[0], format: string | undefined]
>([
  [
    'Nemotron by its template',
    { chatTemplate: '<|start_header_id|>system detailed thinking off' },
    'nemotron',
  ],
  ['Nemotron by its name', { name: 'Llama 3.1 Nemotron Nano 8B v1' }, 'nemotron'],
  [
    'Nemotron Nano 2 by its template',
    { chatTemplate: '<SPECIAL_11>Assistant\n<think></think> /no_think' },
    'nemotron-nano-2',
  ],
  ['Nemotron Nano 2 by its name', { name: 'NVIDIA-Nemotron-Nano-9B-v2' }, 'nemotron-nano-2'],
  [
    'Nemotron 3 Nano by its template',
    {
      chatTemplate:
        '<|im_start|> enable_thinking truncate_history_thinking <tool_call>\n<function=',
    },
    'nemotron-3-nano',
  ],
  ['Nemotron 3 Nano by its name', { name: 'NVIDIA Nemotron 3 Nano 4B BF16' }, 'nemotron-3-nano'],
  [
    'Qwen3 by its template',
    { chatTemplate: '<|im_start|> ns.multi_step_tool <tool_call> enable_thinking is false' },
    'qwen-3',
  ],
  ['Qwen3 by its name', { name: 'Qwen3 0.6B' }, 'qwen-3'],
  ['Qwen3 of experts by its name', { name: 'Qwen3-30B-A3B' }, 'qwen-3'],
  [
    'SmolLM3 by its template',
    { chatTemplate: '<|im_start|> enable_thinking reasoning_mode xml_tools <tool_call>' },
    'smollm-3',
  ],
  ['SmolLM3 by its name', { name: 'SmolLM3 3B' }, 'smollm-3'],
  [
    'DeepSeek-R1-Distill by its template',
    { chatTemplate: "<｜Assistant｜><think>\\n content.split('</think>')" },
    'deepseek-r1-distill',
  ],
  [
    'DeepSeek-R1-Distill by its name',
    { name: 'DeepSeek R1 Distill Qwen 1.5B' },
    'deepseek-r1-distill',
  ],
  [
    'Granite 3.3 by its template',
    { chatTemplate: '<|start_of_role|> thinking <think></think> <response></response>' },
    'granite-3.3',
  ],
  ['Granite 3.3 by its name', { name: 'Granite 3.3 2b Instruct' }, 'granite-3.3'],
  [
    'Phi-4-mini-reasoning by its template',
    { chatTemplate: '<|system|>Your name is Phi, an AI math expert <|assistant|>' },
    'phi-4-mini-reasoning',
  ],
  ['Phi-4-mini-reasoning by its name', { name: 'Phi 4 Mini Reasoning' }, 'phi-4-mini-reasoning'],
  [
    'gpt-oss by its template',
    { chatTemplate: '<|start|>assistant<|channel|>analysis<|message|> reasoning_effort' },
    'gpt-oss',
  ],
  ['gpt-oss by its name', { name: 'Gpt-Oss-20B' }, 'gpt-oss'],
  ['Llama 3 by its headers', { chatTemplate: "{{ '<|start_header_id|>' }}" }, 'llama-3'],
  ['ChatML by its tokens', { chatTemplate: '<|im_start|>' }, 'chatml'],
  [
    'the template before the name',
    { chatTemplate: '<|start_header_id|> detailed thinking', name: 'SmolLM3' },
    'nemotron',
  ],
  [
    'no format for a family whose switch we do not know',
    { chatTemplate: '<|im_start|> enable_thinking' },
    undefined,
  ],
  [
    'no format for a Qwen that calls tools in XML',
    { chatTemplate: '<|im_start|> multi_step_tool enable_thinking <tool_call>\n<function=' },
    undefined,
  ],
  [
    'no format for a Qwen that only thinks',
    {
      chatTemplate: '<|im_start|> multi_step_tool <tool_call> <think>',
      name: 'Qwen3-4B-Thinking-2507',
    },
    undefined,
  ],
  [
    'no format for a DeepSeek with a switch',
    { chatTemplate: '<｜Assistant｜><think></think>{% if thinking %}' },
    undefined,
  ],
  [
    'no format for a DeepSeek that opens its thoughts itself',
    {
      chatTemplate: "<｜Assistant｜> content.split('</think>')",
      name: 'DeepSeek R1 0528 Qwen3 8B',
    },
    undefined,
  ],
  ['no format for what says nothing', {}, undefined],
])('finds %s', (_what, description, format) => expect(detectFamily(description)?.name).toBe(format))
