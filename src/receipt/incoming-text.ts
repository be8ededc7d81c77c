import type { Charset } from '../message/charset';
import { decodeGsm7, type ShiftTables } from '../message/gsm7';
import type { EncodingName } from '../message/message';
import { nationalLanguage } from '../message/national-language';
import { alphabetOf, decodeUcs2 } from './user-data';

/** The text octets of one PDU without its user data header, and the alphabet and language tables to read them with. */
export interface TextPiece {
  readonly content: Buffer;
  readonly dataCoding: number;
  /** Identifier of the national language's locking shift table (3GPP TS 23.038 section 6.2.1.2.4); 0 = none. */
  readonly locking: number;
  /** Identifier of its single shift table; 0 = none. */
  readonly single: number;
}

export interface JoinedText {
  /** Octets (a Buffer) where the data_coding of any piece is binary or unknown. */
  readonly text: string | Buffer;
  /** Encoding of the first piece; `binary` where `text` is octets. */
  readonly encoding: EncodingName;
  readonly warnings: readonly string[];
}

const ESCAPE = 0x1b;
const MAX_SEPTET = 0x7f;

/** Neighbouring pieces in one alphabet, whose octets are decoded together. */
interface Run {
  readonly encoding: EncodingName | 'charset';
  readonly first: TextPiece;
  readonly contents: Buffer[];
}

/**
 * Joins the pieces of a long message and decodes them. Octets are joined before they are decoded, because a cut may go
 * through a UTF-16 unit or a surrogate pair, or between an escape and its septet. Each piece has its own data_coding
 * and tables.
 * @param stretches runs of consecutive pieces; between two stretches pieces are missing, so nothing is joined across
 * them
 * @param charset what the platform has in the place of the GSM alphabet; null: nothing
 */
export function joinText(stretches: readonly (readonly TextPiece[])[], charset: Charset | null = null): JoinedText {
  const pieces = stretches.flat();
  const warnings = new Set<string>();
  const alphabets = new Map<number, EncodingName>();
  for (const { dataCoding } of pieces) {
    const alphabet = alphabetOf(dataCoding);
    if (alphabet === null) warnings.add(`data_coding ${String(dataCoding)} is not known; octets left as they came`);
    alphabets.set(dataCoding, alphabet ?? 'binary');
  }
  if ([...alphabets.values()].includes('binary')) {
    return { text: Buffer.concat(pieces.map(({ content }) => content)), encoding: 'binary', warnings: [...warnings] };
  }
  const isSeptets = (piece: TextPiece): boolean => alphabetIn(piece, alphabets, charset) === 'gsm7';
  if (pieces.some((piece) => isSeptets(piece) && piece.content.some((octet) => octet > MAX_SEPTET))) {
    warnings.add('text is marked as GSM 7-bit but has octets above 0x7F; read as Latin-1');
    for (const { dataCoding } of pieces.filter(isSeptets)) alphabets.set(dataCoding, 'latin1');
  }
  const runs = stretches.flatMap((stretch) => runsOf(stretch, (piece) => alphabetIn(piece, alphabets, charset)));
  const text = runs.map((run) => decode(run, charset, warnings)).join('');
  return { text, encoding: alphabets.get(pieces[0]!.dataCoding)!, warnings: [...warnings] };
}

/**
 * What a piece is read as. A piece that names national language tables is in septets on every platform, and data_coding 1 is ASCII
 * or GSM whatever data_coding 0 is.
 */
function alphabetIn(
  { dataCoding, locking, single }: TextPiece,
  alphabets: ReadonlyMap<number, EncodingName>,
  charset: Charset | null,
): Run['encoding'] {
  const alphabet = alphabets.get(dataCoding)!;
  const isPlain = alphabet === 'gsm7' && dataCoding !== 1 && locking === 0 && single === 0;
  return isPlain && charset !== null ? 'charset' : alphabet;
}

function runsOf(stretch: readonly TextPiece[], alphabetOfPiece: (piece: TextPiece) => Run['encoding']): Run[] {
  const runs: Run[] = [];
  for (const piece of stretch) {
    const encoding = alphabetOfPiece(piece);
    const last = runs.at(-1);
    if (last?.encoding === encoding && (encoding !== 'gsm7' || sameTables(last.first, piece))) {
      last.contents.push(piece.content);
      continue;
    }
    const contents = [piece.content];
    // An escape at the end of a piece belongs to the first septet of the next piece, whose tables read both.
    if (last?.encoding === 'gsm7' && encoding === 'gsm7' && endsInEscape(last.contents.at(-1)!)) {
      last.contents.push(last.contents.pop()!.subarray(0, -1));
      contents.unshift(Buffer.of(ESCAPE));
    }
    runs.push({ encoding, first: piece, contents });
  }
  return runs;
}

function sameTables(a: TextPiece, b: TextPiece): boolean {
  return a.locking === b.locking && a.single === b.single;
}

/** True where the last octet is an escape that waits for its septet: two escapes in a row are a pair. */
function endsInEscape(octets: Buffer): boolean {
  let escapes = 0;
  while (octets[octets.length - 1 - escapes] === ESCAPE) escapes++;
  return escapes % 2 === 1;
}

function decode({ encoding, first, contents }: Run, charset: Charset | null, warnings: Set<string>): string {
  const octets = contents.length === 1 ? contents[0]! : Buffer.concat(contents);
  switch (encoding) {
    case 'ucs2':
      if (octets.length % 2 !== 0) warnings.add('UCS-2 text ends in half a character, which was dropped');
      return decodeUcs2(octets);
    case 'charset':
      return decodeCharset(octets, charset!, warnings);
    case 'gsm7':
      return decodeGsm7(octets, tablesOf(first, warnings));
    default:
      return octets.toString('latin1');
  }
}

function decodeCharset(octets: Buffer, charset: Charset, warnings: Set<string>): string {
  const text = charset.decode(octets);
  if (text.includes('\ufffd')) warnings.add(`text has octets that are no character of ${charset.name}`);
  return text;
}

function tablesOf({ locking, single }: TextPiece, warnings: Set<string>): ShiftTables {
  const tables = {
    locking: nationalLanguage(locking)?.locking ?? null,
    single: nationalLanguage(single)?.single ?? null,
  };
  if (locking !== 0 && !tables.locking) warnings.add(`there is no locking shift table ${String(locking)}; not used`);
  if (single !== 0 && !tables.single) warnings.add(`there is no single shift table ${String(single)}; not used`);
  return tables;
}
