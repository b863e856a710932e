import type { Sampling } from '@nano/core'
import { randomInteger } from '@nano/core/driver'
import { type ServerName, serverNames } from './server-names.ts'

type SettingName = keyof Sampling

/** How servers take one setting. */
interface SettingOnServers {
  /** The field of a request; `fieldOn` lists the servers that call it otherwise. */
  readonly field: string
  readonly fieldOn?: Readonly<Partial<Record<ServerName, string>>>
  /** The value that switches the setting off; `neutralOn` lists the servers where another does. */
  readonly neutral?: number
  readonly neutralOn?: Readonly<Partial<Record<ServerName, number>>>
  /** Servers that apply the setting in the contract's meaning. */
  readonly honoredBy: readonly ServerName[]
  /**
   * Servers that apply it in another meaning, and may have been started with a default that is not
   * neutral: every request switches it off.
   */
  readonly switchedOffOn?: readonly ServerName[]
  /** Servers that refuse the neutral value, or do the same without the field: it is not sent. */
  readonly neutralIsOmittedOn?: readonly ServerName[]
}

/**
 * The sampling settings on each server. llama-server, Ollama and TensorRT-LLM count the tokens of
 * the prompt in penalties, and so does vLLM in its repetition penalty, which is not the contract's
 * meaning. SGLang applies a seed only with `--enable-deterministic-inference`.
 */
const settings: Readonly<Record<SettingName, SettingOnServers>> = {
  temperature: { field: 'temperature', neutral: 1, honoredBy: serverNames },
  topP: { field: 'top_p', neutral: 1, honoredBy: serverNames, neutralIsOmittedOn: ['tgi'] },
  topK: {
    field: 'top_k',
    neutral: 0,
    neutralOn: { sglang: -1 },
    honoredBy: ['llama-server', 'vllm', 'sglang', 'ollama', 'nim', 'lm-studio', 'tensorrt-llm'],
  },
  minP: {
    field: 'min_p',
    neutral: 0,
    honoredBy: ['llama-server', 'vllm', 'sglang', 'ollama', 'nim', 'tensorrt-llm'],
  },
  repetitionPenalty: {
    field: 'repetition_penalty',
    fieldOn: { 'lm-studio': 'repeat_penalty', ollama: 'repeat_penalty' },
    neutral: 1,
    honoredBy: [],
    switchedOffOn: ['vllm', 'sglang', 'ollama', 'nim', 'lm-studio', 'tensorrt-llm'],
  },
  presencePenalty: {
    field: 'presence_penalty',
    neutral: 0,
    honoredBy: ['vllm', 'sglang', 'nim', 'tgi', 'openai-compatible'],
    switchedOffOn: ['lm-studio'],
    neutralIsOmittedOn: ['tgi', 'openai-compatible'],
  },
  frequencyPenalty: {
    field: 'frequency_penalty',
    neutral: 0,
    honoredBy: ['vllm', 'sglang', 'nim', 'tgi', 'openai-compatible'],
    switchedOffOn: ['lm-studio'],
    neutralIsOmittedOn: ['tgi', 'openai-compatible'],
  },
  seed: { field: 'seed', honoredBy: serverNames.filter((server) => server !== 'sglang') },
}

const settingNames = Object.keys(settings) as SettingName[]

/** The samplers that llama-server runs, in the contract's order. */
export const llamaServerSamplers = ['top_k', 'top_p', 'min_p', 'temperature'] as const

/** The settings that a server applies in the contract's meaning. */
export function honoredSettings(server: ServerName): readonly SettingName[] {
  return settingNames.filter((name) => settings[name].honoredBy.includes(server))
}

/**
 * The fields of a request that tell `server` how to sample. A setting that is left out is switched
 * off, because a server has defaults of its own.
 */
export function samplingFields(
  server: ServerName,
  sampling: Sampling,
): Readonly<Record<string, number>> {
  const fields: Record<string, number> = {}
  for (const name of settingNames) {
    const { field, fieldOn, neutral, neutralOn, honoredBy, switchedOffOn, neutralIsOmittedOn } =
      settings[name]
    const isHonored = honoredBy.includes(server)
    const value = isHonored ? sampling[name] : undefined
    const isNeutral = value === undefined || value === neutral
    if (!isHonored && !switchedOffOn?.includes(server)) continue
    if (isNeutral && neutralIsOmittedOn?.includes(server)) continue
    const sent = isNeutral ? (neutralOn?.[server] ?? neutral) : value
    if (sent !== undefined) fields[fieldOn?.[server] ?? field] = sent
  }
  return fields
}

/** The seed of the server's command line would otherwise give each reply the same tokens. */
export function withRandomSeed(sampling: Sampling): Sampling {
  return { seed: randomInteger(), ...sampling }
}
