import { background } from '../../src/base/background';
import type { DefaultCharset } from '../../src/message/encoding';
import { isEnv } from '../../src/pool/settings-check';

/**
 * What a pool's platform has under data_coding 0, for the counter. The characters come from the runtime: the tables of all charsets are
 * too large for a dialog.
 */
export class PoolCharset {
  readonly #charsets = new Map<string, DefaultCharset | null>();
  readonly #arrived: () => void;

  /** @param arrived called when a charset that was asked for has come */
  constructor(arrived: () => void) {
    this.#arrived = arrived;
  }

  /** Null for the GSM alphabet, for a charset that is not known, and until the answer is here. */
  of(poolId: string): DefaultCharset | null {
    const name = String(RED.nodes.node(poolId)?.alphabet ?? '').toLowerCase();
    if (name === '' || name === 'gsm' || isEnv(name)) return null;
    const known = this.#charsets.get(name);
    if (known !== undefined) return known;
    this.#charsets.set(name, null);
    background(this.#ask(name), console, 'characters of the alphabet');
    return null;
  }

  async #ask(name: string): Promise<void> {
    const answer = (await $.getJSON(`smpp-send/charset/${encodeURIComponent(name)}`)) as { characters: string | null };
    if (answer.characters === null) return;
    const characters = new Set(answer.characters);
    this.#charsets.set(name, { name, has: (character) => characters.has(character) });
    this.#arrived();
  }
}
