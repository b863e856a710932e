import type { Sampling } from '@nano/core'
import { randomInteger, samplingNames, samplingSettings } from '@nano/core/driver'
import { type ServerName, serverNames } from './server-names.ts'

type SettingName = keyof Sampling

/** How servers take one setting. */
interface SettingOnServers {
  /** The field of a request; `fieldOn` lists the servers that call it otherwise. */
  readonly field: string
  readonly fieldOn?: Readonly<Partial<Record<ServerName, string>>>
  /**
   * The value that switches the setting off, where it is not core's neutral value; `offValueOn`
   * lists the servers where it is another one.
   */
  readonly offValue?: number
  readonly offValueOn?: Readonly<Partial<Record<ServerName, number>>>
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
  temperature: { field: 'temperature', honoredBy: serverNames },
  topP: { field: 'top_p', honoredBy: serverNames, neutralIsOmittedOn: ['tgi'] },
  topK: {
    field: 'top_k',
    offValue: 0,
    offValueOn: { sglang: -1 },
    honoredBy: ['llama-server', 'vllm', 'sglang', 'ollama', 'nim', 'lm-studio', 'tensorrt-llm'],
  },
  minP: {
    field: 'min_p',
    honoredBy: ['llama-server', 'vllm', 'sglang', 'ollama', 'nim', 'tensorrt-llm'],
  },
  repetitionPenalty: {
    field: 'repetition_penalty',
    fieldOn: { 'lm-studio': 'repeat_penalty', ollama: 'repeat_penalty' },
    honoredBy: [],
    switchedOffOn: ['vllm', 'sglang', 'ollama', 'nim', 'lm-studio', 'tensorrt-llm'],
  },
  presencePenalty: {
    field: 'presence_penalty',
    honoredBy: ['vllm', 'sglang', 'nim', 'tgi', 'openai-compatible'],
    switchedOffOn: ['lm-studio'],
    neutralIsOmittedOn: ['tgi', 'openai-compatible'],
  },
  frequencyPenalty: {
    field: 'frequency_penalty',
    honoredBy: ['vllm', 'sglang', 'nim', 'tgi', 'openai-compatible'],
    switchedOffOn: ['lm-studio'],
    neutralIsOmittedOn: ['tgi', 'openai-compatible'],
  },
  seed: { field: 'seed', honoredBy: serverNames.filter((server) => server !== 'sglang') },
}

/** The seed that tells llama.cpp to choose one, so that no two replies would be the same. */
const randomSeed = 0xffff_ffff
const randomSeedServers: readonly ServerName[] = ['llama-server', 'ollama', 'lm-studio']

/** The samplers that llama-server runs, in the contract's order. */
export const llamaServerSamplers = ['top_k', 'top_p', 'min_p', 'temperature'] as const

/** The settings that a server applies in the contract's meaning. */
export function honoredSettings(server: ServerName): readonly SettingName[] {
  return samplingNames.filter((name) => settings[name].honoredBy.includes(server))
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
  for (const name of samplingNames) {
    const { field, fieldOn, offValue, offValueOn, honoredBy, switchedOffOn, neutralIsOmittedOn } =
      settings[name]
    const { neutral } = samplingSettings[name]
    const isHonored = honoredBy.includes(server)
    if (!isHonored && !switchedOffOn?.includes(server)) continue
    const value = isHonored ? (sampling[name] ?? neutral) : neutral
    const isNeutral = value === neutral
    if (isNeutral && neutralIsOmittedOn?.includes(server)) continue
    const sentValue = isNeutral ? (offValueOn?.[server] ?? offValue ?? neutral) : value
    if (sentValue === undefined) continue
    const isReserved = name === 'seed' && randomSeedServers.includes(server)
    fields[fieldOn?.[server] ?? field] =
      isReserved && sentValue === randomSeed ? randomSeed - 1 : sentValue
  }
  return fields
}

/** Always the most probable token. */
export const greedySampling: Sampling = { temperature: 0 }

/** The seed of the server's command line would otherwise give each reply the same tokens. */
export function withRandomSeed(sampling: Sampling): Sampling {
  return { seed: randomInteger(), ...sampling }
}
