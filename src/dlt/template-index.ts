/** Which of many templates may a text be of? Found by a piece of fixed text that few others have. */
import { foldedUnits } from './fit';
import type { Template } from './template';

/** UTF-16 units of a piece. */
const PIECE = 8;
/** Counters of how many templates have a piece, by hash; a power of two. */
const COUNTERS = 1 << 18;
const FACTOR = 0x01000193;
/** FACTOR to the power of PIECE, in 32 bits: takes the unit that leaves the piece out of its hash. */
const LEAVING = Array.from({ length: PIECE }).reduce<number>((power) => Math.imul(power, FACTOR), 1);

/** The hash of each piece of a text, in order. */
function piecesOf(units: Uint16Array): Int32Array {
  const hashes = new Int32Array(Math.max(0, units.length - PIECE + 1));
  let hash = 0;
  for (let at = 0; at < units.length; at++) {
    hash = (Math.imul(hash, FACTOR) + units[at]!) | 0;
    if (at >= PIECE) hash = (hash - Math.imul(LEAVING, units[at - PIECE]!)) | 0;
    if (at >= PIECE - 1) hashes[at - PIECE + 1] = hash;
  }
  return hashes;
}

function slot(hash: number): number {
  return (hash ^ (hash >>> 15)) & (COUNTERS - 1);
}

/** Templates by a piece that each of them has. */
class ByPiece {
  readonly #places = new Map<number, number[]>();
  /** 1 in the slots of the pieces: most pieces of a text are told apart here. */
  readonly #known = new Uint8Array(COUNTERS);

  add(hash: number, place: number): void {
    this.#known[slot(hash)] = 1;
    const places = this.#places.get(hash);
    if (places) places.push(place);
    else this.#places.set(hash, [place]);
  }

  collect(pieces: Int32Array, into: Set<number>): void {
    for (const hash of pieces) {
      if (this.#known[slot(hash)] === 0) continue;
      for (const place of this.#places.get(hash) ?? []) into.add(place);
    }
  }
}

/** A piece of a template: which literal it is in, and where. */
interface Piece {
  readonly hash: number;
  readonly literal: number;
  readonly at: number;
}

/** Pieces are of the folded text, so that one look-up finds templates that fit exactly and those that fit tolerantly. */
export class TemplateIndex {
  readonly #rarest = new ByPiece();
  /** By another piece, which a slip in the first one leaves as it is: for the template that a text is like. */
  readonly #second = new ByPiece();
  /** Places of templates whose fixed text is too short for a piece: each of them may be what a text is of. */
  readonly #short: number[] = [];

  constructor(templates: readonly Template[]) {
    const pieces = templates.map(({ literals }) => literals.map((literal) => piecesOf(foldedUnits(literal))));
    const counts = new Uint32Array(COUNTERS);
    for (const own of pieces) for (const hashes of own) for (const hash of hashes) counts[slot(hash)]! += 1;
    for (const [place, own] of pieces.entries()) {
      const rarest = rarestOf(own, counts);
      if (!rarest) {
        this.#short.push(place);
        continue;
      }
      this.#rarest.add(rarest.hash, place);
      const second = rarestOf(own, counts, rarest);
      if (second) this.#second.add(second.hash, place);
    }
  }

  /** Places in the list of the templates that the text may be of, in order; none that it fits is left out. */
  candidates(text: string): readonly number[] {
    const found = new Set(this.#short);
    this.#rarest.collect(piecesOf(foldedUnits(text)), found);
    return found.size > 1 ? [...found].sort((one, other) => one - other) : [...found];
  }

  /** Places of some templates that have much in common with the text. */
  similar(text: string): readonly number[] {
    const found = new Set<number>();
    const pieces = piecesOf(foldedUnits(text));
    this.#rarest.collect(pieces, found);
    this.#second.collect(pieces, found);
    for (const place of this.#short.slice(0, MOST_SHORT)) found.add(place);
    return [...found];
  }
}

/** Templates of next to no fixed text that a text may be called similar to. */
const MOST_SHORT = 5;

/** The piece that the fewest templates have, one that does not overlap `beside`; undefined where there is none. */
function rarestOf(pieces: readonly Int32Array[], counts: Uint32Array, beside?: Piece): Piece | undefined {
  let best: Piece | undefined;
  let fewest = Infinity;
  for (const [literal, hashes] of pieces.entries()) {
    for (let at = 0; at < hashes.length; at++) {
      if (beside?.literal === literal && Math.abs(at - beside.at) < PIECE) continue;
      const hash = hashes[at]!;
      const count = counts[slot(hash)]!;
      if (count >= fewest) continue;
      fewest = count;
      best = { hash, literal, at };
    }
  }
  return best;
}
