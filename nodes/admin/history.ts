import type { Response } from 'express';
import type { NodeAPI } from 'node-red';
import { ENTRY_FIELDS, publicEntry, type PublicEntry } from '../../src/history/entry';
import type { Found } from '../../src/pool/search';
import type { Say } from '../pool-lifetime/pool-config';
import { BadRequest, bodyObject, serve } from './endpoint';
import { answered, openPool } from './pools';

/** Milliseconds that one request looks; the answer then says where to look on. */
const PATIENCE = 2000;
/** Messages that are read at once for a file. */
const AT_ONCE = 1000;
/** A spreadsheet runs a cell that begins like this. */
const FORMULA = /^[=+\-@\t\r]/;
/** By this a spreadsheet knows that the file is in UTF-8. */
const BYTE_ORDER_MARK = '\uFEFF';

/**
 * Serves what became of a pool's messages: `POST smpp-pool/:id/find` with `{filter, limit, from}`,
 * `GET smpp-pool/:id/history.csv` with the filter's keys as query, and `POST smpp-pool/:id/forget` with `{filter}`.
 */
export function serveHistory(RED: NodeAPI, say: Say): void {
  serve(RED, 'post', '/smpp-pool/:id/find', 'smpp-pool.read', async (request) => {
    const handle = openPool(request.params.id, say);
    const { filter, limit, from } = bodyObject(request.body ?? {});
    const { messages, next } = await answered(handle.find(filter, limit, from ?? null, PATIENCE));
    return { messages: messages.map((entry) => publicEntry(entry, handle.clock)), ...(next !== null && { next }) };
  });

  serve(RED, 'post', '/smpp-pool/:id/forget', 'smpp-pool.write', async (request) => {
    const handle = openPool(request.params.id, say);
    const { filter } = bodyObject(request.body ?? {});
    return { count: await answered(handle.forget(filter)) };
  });

  serve(RED, 'get', '/smpp-pool/:id/history.csv', 'smpp-pool.read', async (request, response) => {
    const handle = openPool(request.params.id, say);
    const filter = queryFilter(request.query);
    const read = (from: string | null): Promise<Found> => answered(handle.find(filter, AT_ONCE, from, PATIENCE));
    // A faulty filter is told before the file begins.
    await writeCsv(response, await read(null), read, (found) =>
      found.messages.map((entry) => publicEntry(entry, handle.clock)),
    );
  });
}

/** The filter in a query: each value a text, but that a reference may be any JSON and "null" means none yet. */
function queryFilter(query: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(query).map(([key, value]) => {
      if (typeof value !== 'string') throw new BadRequest(`${key} comes more than once in the query.`);
      if (key === 'reference') return [key, jsonOr(value)];
      return [key, value === 'null' && (key === 'outcome' || key === 'state') ? null : value];
    }),
  );
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function writeCsv(
  response: Response,
  first: Found,
  read: (from: string) => Promise<Found>,
  entriesOf: (found: Found) => readonly PublicEntry[],
): Promise<void> {
  response.setHeader('Content-Type', 'text/csv; charset=utf-8');
  response.setHeader('Content-Disposition', 'attachment; filename="smpp-history.csv"');
  response.setHeader('Cache-Control', 'no-store');
  response.write(`${BYTE_ORDER_MARK}${ENTRY_FIELDS.join(',')}\r\n`);
  for (let found = first; ;) {
    const lines = entriesOf(found).map(csvLine).join('');
    // A reader that is slow is waited for; one that has gone needs nothing more.
    if (!response.write(lines)) await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
    if (found.next === null || response.destroyed) break;
    found = await read(found.next);
  }
  response.end();
}

function csvLine(entry: PublicEntry): string {
  const cells = ENTRY_FIELDS.map((field) => {
    const value: unknown = entry[field];
    if (value === null || value === undefined) return '';
    if (field === 'messageIds') return cell(entry.messageIds.map((id) => id ?? '').join(' '));
    return cell(typeof value === 'object' ? JSON.stringify(value) : String(value as string));
  });
  return `${cells.join(',')}\r\n`;
}

/** A cell that a spreadsheet takes for the text that it is. */
function cell(text: string): string {
  const harmless = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
