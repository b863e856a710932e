import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Message, Tool } from '@nano/core'
import { sharedData } from '../../../../test/shared/shared-data.ts'
import type { TemplateOptions } from '../../src/index.ts'

const { path, missing } = sharedData('templates/prompts.json')

interface StoredRequest {
  readonly messages: readonly Message[]
  readonly reasoning: 'on' | 'off'
  readonly tools?: readonly Tool[]
}

interface StoredPrompts {
  readonly today: string
  readonly requests: Readonly<Record<string, StoredRequest>>
  readonly prompts: Readonly<Record<string, Readonly<Record<string, string | null>>>>
}

/** A published template, and the prompts that transformers renders with it. */
export interface PublishedTemplate {
  readonly name: string
  readonly options: TemplateOptions
  /** By the name of the request; null where transformers refuses it. */
  readonly prompts: Readonly<Record<string, string | null>>
}

/** Why the templates cannot be read here; undefined where they can. */
export const missingTemplates = missing

const storedPrompts = missing
  ? { today: '', requests: {}, prompts: {} }
  : (JSON.parse(readFileSync(path, 'utf8')) as StoredPrompts)

/** The conversations that the prompts were rendered from. */
export const storedRequests = storedPrompts.requests

export const publishedTemplates: readonly PublishedTemplate[] = Object.entries(
  storedPrompts.prompts,
).map(([file, prompts]) => ({
  name: file.replace('.jinja', ''),
  options: {
    name: file,
    template: readFileSync(join(dirname(path), file), 'utf8'),
    bosToken: prompts['bos'] ?? '',
    eosToken: prompts['eos'] ?? '',
    controlTokens: [],
    now: () => new Date(`${storedPrompts.today}T12:00:00`),
  },
  prompts,
}))
