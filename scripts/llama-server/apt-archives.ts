import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A mirror of the distribution's own archive, as the machine's sources name it. */
export interface Archive {
  readonly uri: string
  /** The key, or its path, as the sources give it; absent where apt's own keyring is trusted. */
  readonly signedBy?: string
}

/** What tells a distribution's own archives from a vendor's, and where they keep llama.cpp. */
export interface Distribution {
  readonly name: string
  /** The names that its sources may give a release. */
  readonly releases: readonly string[]
  readonly component: string
  /** The release that carries llama.cpp, and its components. Every mirror has it. */
  readonly suite: string
  readonly components: string
}

/**
 * Reads the text of /etc/os-release. Returns nothing for systems whose packages are not Debian's.
 */
export function parseDistribution(osRelease: string): Distribution | undefined {
  const fields = Object.fromEntries(
    [...osRelease.matchAll(/^(\w+)="?([^"\n]*)"?$/gm)].map(([, name = '', value = '']) => [
      name,
      value,
    ]),
  )
  const families = `${fields.ID ?? ''} ${fields.ID_LIKE ?? ''}`.split(' ')
  const codenames = [fields.UBUNTU_CODENAME, fields.VERSION_CODENAME].filter(
    (name) => name !== undefined,
  )
  if (families.includes('ubuntu'))
    return {
      name: 'Ubuntu',
      releases: [...codenames, 'devel'],
      component: 'universe',
      suite: 'devel',
      components: 'main universe',
    }
  if (families.includes('debian'))
    return {
      name: 'Debian',
      releases: [...codenames, 'stable', 'testing', 'unstable', 'sid'],
      component: 'main',
      suite: 'forky',
      components: 'main',
    }
  return undefined
}

/** The distribution's archives among this machine's sources; `folder` is apt's own. */
export function archivesOf(
  { releases, component }: Distribution,
  folder = '/etc/apt',
): readonly Archive[] {
  const parts = join(folder, 'sources.list.d')
  const files = [
    join(folder, 'sources.list'),
    ...(existsSync(parts)
      ? readdirSync(parts)
          .toSorted()
          .map((name) => join(parts, name))
      : []),
  ]
  const listedArchives = files
    .filter((path) => /\.(list|sources)$/.test(path) && existsSync(path))
    .flatMap((path) =>
      (path.endsWith('.list') ? parseLines : parseStanzas)(readFileSync(path, 'utf8')),
    )
  const sources = listedArchives.filter(
    ({ suites, components }) =>
      suites.some((suite) => releases.includes(suite)) && components.includes(component),
  )
  const byUri = new Map(
    sources.flatMap(({ uris, signedBy }) =>
      uris.map((uri) => [uri, { uri, ...(signedBy !== undefined && { signedBy }) }]),
    ),
  )
  return [...byUri.values()]
}

interface Source {
  readonly uris: readonly string[]
  readonly suites: readonly string[]
  readonly components: readonly string[]
  readonly signedBy?: string | undefined
}

/** @see `man 5 sources.list`, one-line-style format */
function parseLines(text: string): readonly Source[] {
  return [...text.matchAll(/^deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#\n]+)/gm)].map(
    ([, options = '', uri = '', suite = '', components = '']) => ({
      uris: [uri],
      suites: [suite],
      components: components.trim().split(/\s+/),
      signedBy: /signed-by=(\S+)/i.exec(options)?.[1],
    }),
  )
}

/** @see `man 5 sources.list`, deb822-style format */
function parseStanzas(text: string): readonly Source[] {
  return text
    .replaceAll(/^#.*\n?/gm, '')
    .split(/\n\s*\n/)
    .flatMap((stanza) => {
      // A line that begins with white space continues the field before it.
      const fields = Object.fromEntries(
        [...stanza.matchAll(/^([\w-]+):[ \t]*(.*(?:\n[ \t].*)*)/gm)].map(
          ([, name = '', value = '']) => [name.toLowerCase(), value.trimEnd()],
        ),
      )
      const words = (name: string) => (fields[name] ?? '').split(/\s+/).filter(Boolean)
      if (!words('types').includes('deb') || fields.enabled === 'no') return []
      return [
        {
          uris: words('uris'),
          suites: words('suites'),
          components: words('components'),
          signedBy: fields['signed-by'],
        },
      ]
    })
}
