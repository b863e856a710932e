import type { ChatFormat } from '../format/chat-format.ts'
import { formats } from './formats.ts'

type Advice = ChatFormat['advice']
type Settings = Advice['on']

/**
 * How the makers of a model advise to sample it, found by the model's name: that of its file or
 * folder, or the one that a server gives it. Undefined where their advice is not known, and for
 * base models.
 */
export function findSamplingAdvice(name: string): Advice | undefined {
  const parts = toNameParts(name)
  if (parts.some((part) => baseModel.test(part))) return undefined
  return adviceByName.find(([pattern]) => parts.some((part) => pattern.test(part)))?.[1]
}

/**
 * The parts of a name between slashes, in one spelling: `Qwen3 4B`, `qwen3:4b` and
 * `Qwen_Qwen3-4B-Q4_K_M` all begin with `qwen3-4b`. Some servers write a point as `p`.
 */
function toNameParts(name: string): readonly string[] {
  return name
    .toLowerCase()
    .replaceAll(/[\s_:]+/g, '-')
    .replaceAll(/(?<=\d)p(?=\d)/g, '.')
    .split(/[/\\]/)
    .map((part) => part.replace(houses, ''))
}

/** Makers and packers that stand before the name of a model. */
const houses = new RegExp(
  `^(?:(?:${[
    'deepseek-ai',
    'google',
    'ibm(?:-granite(?=-granite))?',
    'meta',
    'microsoft',
    'mistralai',
    'moonshotai',
    'nvidia',
    'openai',
    'qwen(?=-qwen)',
    'unsloth',
    'zai-org',
  ].join('|')})[-.])+`,
)

const baseModel = /-(?:base|pt)(?:-|\.|$)/

/** One advice for models that only think or never do, whichever they are taken for. */
function always(settings: Settings): Advice {
  return { on: settings, off: settings }
}

/**
 * The most specific first. What follows a name, such as a size, a date or a quantization, is free;
 * what stands before it makes another model of it. Advice for single tasks, such as code, is left
 * out, because the task is not known here.
 */
const adviceByName: readonly (readonly [name: RegExp, advice: Advice])[] = [
  // https://huggingface.co/Qwen/Qwen3.5-27B
  [
    /^qwen-?3\.5-/,
    {
      on: { temperature: 1, topP: 0.95, topK: 20, minP: 0, presencePenalty: 1.5 },
      off: { temperature: 0.7, topP: 0.8, topK: 20, minP: 0, presencePenalty: 1.5 },
    },
  ],
  // https://huggingface.co/Qwen/Qwen3.6-27B, https://huggingface.co/Qwen/Qwen3.8-27B
  [
    /^qwen-?3\.[68]-/,
    {
      on: { temperature: 1, topP: 0.95, topK: 20, minP: 0 },
      off: { temperature: 0.7, topP: 0.8, topK: 20, minP: 0, presencePenalty: 1.5 },
    },
  ],
  // https://huggingface.co/Qwen/Qwen3-Coder-Next
  [/^qwen-?3-coder-next/, always({ temperature: 1, topP: 0.95, topK: 40 })],
  // https://huggingface.co/Qwen/Qwen3-Coder-30B-A3B-Instruct
  [/^qwen-?3-coder-/, always({ temperature: 0.7, topP: 0.8, topK: 20, repetitionPenalty: 1.05 })],
  // https://huggingface.co/Qwen/Qwen3-4B-Instruct-2507
  [/^qwen-?3-(?:next|\d).*-instruct/, always(formats['qwen-3'].advice.off)],
  // https://huggingface.co/Qwen/Qwen3-4B-Thinking-2507
  [/^qwen-?3-(?:next|\d).*-thinking/, always(formats['qwen-3'].advice.on)],
  [/^qwen-?3-\d/, formats['qwen-3'].advice],
  // https://huggingface.co/Qwen/Qwen2.5-Coder-7B-Instruct/blob/main/generation_config.json
  [
    /^qwen-?2\.5-coder-7b-instruct/,
    always({ temperature: 0.7, topP: 0.8, topK: 20, repetitionPenalty: 1.1 }),
  ],
  // https://huggingface.co/Qwen/Qwen2.5-7B-Instruct/blob/main/generation_config.json; the penalty
  // differs from size to size.
  [
    /^qwen-?2\.5-(?:7b|coder-32b)-instruct/,
    always({ temperature: 0.7, topP: 0.8, topK: 20, repetitionPenalty: 1.05 }),
  ],
  [/^qwen-?2\.5-(?:coder-)?[\d.]+b-instruct/, always({ temperature: 0.7, topP: 0.8, topK: 20 })],
  // https://huggingface.co/google/gemma-4-31B-it
  [/^gemma-?4-/, always({ temperature: 1, topP: 0.95, topK: 64 })],
  // https://unsloth.ai/docs/models/tutorials/gemma-3-how-to-run-and-fine-tune, which names the
  // makers.
  [/^gemma-?3n?-/, always({ temperature: 1, topP: 0.95, topK: 64, minP: 0 })],
  // https://huggingface.co/meta-llama/Llama-3.1-8B-Instruct/blob/main/generation_config.json; those
  // of Llama 3, 3.2 and 3.3 say the same.
  [/^llama-?v?3(?:[.-][123])?-\d+b-instruct/, always({ temperature: 0.6, topP: 0.9 })],
  [/^llama-3\.1-nemotron-nano-(?:4b-v1\.1|8b-v1)/, formats.nemotron.advice],
  [/^nemotron-nano-9b-v2/, formats['nemotron-nano-2'].advice],
  [/^nemotron-3-nano/, formats['nemotron-3-nano'].advice],
  // https://huggingface.co/nvidia/NVIDIA-Nemotron-3-Super-120B-A12B-BF16
  [/^nemotron-3-super/, always({ temperature: 1, topP: 0.95 })],
  // https://huggingface.co/mistralai/Ministral-3-14B-Reasoning-2512
  [/^ministral-3-14b-reasoning/, always({ temperature: 1, topP: 0.95 })],
  // https://huggingface.co/mistralai/Ministral-3-8B-Reasoning-2512
  [/^ministral-3-[38]b-reasoning/, always({ temperature: 0.7, topP: 0.95 })],
  // https://huggingface.co/mistralai/Ministral-3-8B-Instruct-2512: below 0.1.
  [/^ministral-3-\d+b-instruct/, always({ temperature: 0.05 })],
  // https://huggingface.co/mistralai/Magistral-Small-2509
  [/^magistral-small/, always({ temperature: 0.7, topP: 0.95 })],
  // https://huggingface.co/mistralai/Devstral-Small-2-24B-Instruct-2512
  [/^devstral-small/, always({ temperature: 0.15 })],
  // https://huggingface.co/mistralai/Mistral-Small-3.2-24B-Instruct-2506
  [/^mistral-small-3\.[12]-24b-instruct/, always({ temperature: 0.15 })],
  // https://docs.z.ai/api-reference/llm/chat-completion
  [/^glm-?4\.5(?![\w.])/, always({ temperature: 0.6, topP: 0.95 })],
  [/^glm-?(?:4\.[67]|5(?:\.\d)?)(?![\w.])/, always({ temperature: 1, topP: 0.95 })],
  // https://huggingface.co/moonshotai/Kimi-K2-Thinking
  [/^kimi-k2-thinking/, always({ temperature: 1 })],
  // https://huggingface.co/moonshotai/Kimi-K2-Instruct
  [/^kimi-k2-instruct/, always({ temperature: 0.6 })],
  // https://platform.kimi.ai/docs/guide/benchmark-best-practice
  [/^kimi-k2\.5/, { on: { temperature: 1, topP: 0.95 }, off: {} }],
  // https://huggingface.co/deepseek-ai/DeepSeek-V4-Flash
  [/^deepseek-v4/, always({ temperature: 1, topP: 1 })],
  // https://huggingface.co/deepseek-ai/DeepSeek-V3.2
  [/^deepseek-v3\.2(?!-exp)/, always({ temperature: 1, topP: 0.95 })],
  // https://huggingface.co/deepseek-ai/DeepSeek-V3.1-Terminus/blob/main/generation_config.json
  [/^deepseek-v3\.1-terminus/, always({ temperature: 0.6, topP: 0.95 })],
  // https://github.com/deepseek-ai/DeepSeek-R1#usage-recommendations
  [/^deepseek-r1/, always(formats['deepseek-r1-distill'].advice.on)],
  [/^gpt-oss/, formats['gpt-oss'].advice],
  [/^smollm-?3/, formats['smollm-3'].advice],
  // https://unsloth.ai/docs/models/tutorials/ibm-granite-4.0, which names IBM
  [/^granite-?4\.0-/, always({ temperature: 0 })],
  [/^phi-?4-mini-reasoning/, formats['phi-4-mini-reasoning'].advice],
  // https://huggingface.co/microsoft/Phi-4-reasoning-plus
  [/^phi-?4-reasoning/, always({ temperature: 0.8, topP: 0.95, topK: 50 })],
  // https://docs.liquid.ai/docs/key-concepts/text-generation-and-prompting
  [
    /^lfm-?2\.5-[\d.]+[bm]/,
    always({ temperature: 0.1, topP: 0.1, topK: 50, repetitionPenalty: 1.05 }),
  ],
  [/^lfm-?2-[\d.]+[bm]/, always({ temperature: 0.3, minP: 0.15, repetitionPenalty: 1.05 })],
  // https://huggingface.co/ByteDance-Seed/Seed-OSS-36B-Instruct
  [/^seed-oss/, always({ temperature: 1.1, topP: 0.95 })],
]
